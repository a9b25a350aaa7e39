#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace libero {

// Names and values, for people.
using RunFacts = std::vector<std::pair<std::string, std::string>>;

// What a run's manifest.json says of its last call. Empty while there is no manifest, or if it
// makes no sense.
[[nodiscard]] RunFacts ReadRunFacts(const std::filesystem::path& run_folder);

}  // namespace libero
