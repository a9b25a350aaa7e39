#pragma once

#include <filesystem>
#include <optional>

namespace libero {

// Where the benchmark's data is: folders mujoco, robosuite, libero and assets. The first of: the
// environment variable LIBERO_DATA; "data" beside the program (an exported folder); ".deps" above
// the program's folder (a checkout). Throws Error if none exists.
std::filesystem::path FindDataRoot();

// Where compiled scenes are kept: "scenes" in LIBERO_CACHE, or else in libero-native in
// XDG_CACHE_HOME or ~/.cache; none if there is no home folder.
std::optional<std::filesystem::path> SceneCacheFolder();

// The folder of the running program.
std::filesystem::path ProgramFolder();

}  // namespace libero
