#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace libero {

// The whole of a file. Throws Error, with this hint, if it cannot be read.
[[nodiscard]] std::string ReadTextFile(const std::filesystem::path& path,
                                       const std::string& hint = "");

// The JSON in a file. Throws Error, with this hint, if it cannot be read or is no JSON, and says then
// at which byte and why.
[[nodiscard]] nlohmann::json ReadJsonFile(const std::filesystem::path& path,
                                          const std::string& hint = "");

// The same of a file that holds an object; throws Error for others, too.
[[nodiscard]] nlohmann::json ReadJsonObject(const std::filesystem::path& path,
                                            const std::string& hint = "");

}  // namespace libero
