#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace libero {

// The whole of a file. Throws Error, with this hint, if it cannot be read.
[[nodiscard]] std::string ReadTextFile(const std::filesystem::path& path,
                                       const std::string& hint = "");

// The JSON object in a file. Throws Error, with this hint, if it cannot be read or is something
// else; where it is not JSON, the error says at which byte.
[[nodiscard]] nlohmann::json ReadJsonObject(const std::filesystem::path& path,
                                            const std::string& hint = "");

}  // namespace libero
