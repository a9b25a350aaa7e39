#pragma once

#include <filesystem>
#include <string>
#include <vector>

// What the stages hand on to each other: checkpoint folders, see policy/checkpoint/README.md.
namespace libero {

// The folder that an option names: a run's folder stands for its "checkpoint". Throws Error if
// there is none, or the run is not done yet.
[[nodiscard]] std::filesystem::path ResolveCheckpoint(const std::filesystem::path& path);

// Copies all files of one folder into another, except those whose names begin with one of
// `replaced`; as hard links where that is possible, for models are large and never changed.
void CopyParts(const std::filesystem::path& from, const std::filesystem::path& to,
               const std::vector<std::string>& replaced);

}  // namespace libero
