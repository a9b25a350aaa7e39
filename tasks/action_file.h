#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "sim/observation.h"
#include "tasks/episode.h"

namespace libero {

// What files about an episode of a run are called, without an extension: "task3_init12".
[[nodiscard]] std::string EpisodeFileStem(const EpisodeSpec& episode);

// Writes an episode's actions as numpy stores arrays: (steps, 7), f4 if nothing is lost thereby,
// else f8. Whole or not at all. Throws Error if it cannot be written.
void WriteActionFile(const std::filesystem::path& path, std::span<const Action> actions);

// Reads such a file, of any tool. Throws Error if it cannot be read or is no array of this form.
[[nodiscard]] std::vector<Action> ReadActionFile(const std::filesystem::path& path);

}  // namespace libero
