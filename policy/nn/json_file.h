#pragma once

#include <filesystem>

#include <nlohmann/json_fwd.hpp>

namespace libero {

// Reads a JSON file. Throws Error, with the path, if it cannot be read or is no JSON.
[[nodiscard]] nlohmann::json ReadJsonFile(const std::filesystem::path& path);

}  // namespace libero
