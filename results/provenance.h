#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/renderer_source.h"
#include "tasks/suites.h"

#include <nlohmann/json_fwd.hpp>

namespace libero {

// What a program knows of itself.
struct ProgramInfo {
  std::string version;       // e.g. "0.1.0"
  std::string build_type;    // of CMake
  std::string command_line;  // as it was called
};

// How to run the program with these arguments again from a shell: "libero eval ...".
[[nodiscard]] std::string CommandLine(const std::vector<std::string>& arguments);

// What results may depend on beside the options: version, git commit and build type of the program,
// MuJoCo's version, OpenBLAS's kernels, CPU model and number of cores, NVIDIA's GPUs and driver,
// the time (UTC), the command line, and the renderer's name, device and description ("" if nothing
// was drawn).
[[nodiscard]] nlohmann::ordered_json ProvenanceJson(const ProgramInfo& program,
                                                    const RendererOptions& renderer,
                                                    const std::string& renderer_description);

// The calls that a run's manifest tells of, and this one. Warns if the last was by another version.
[[nodiscard]] nlohmann::ordered_json WithCall(const nlohmann::ordered_json& manifest,
                                              const nlohmann::ordered_json& call);

// Index, name and XXH3-128 (32 hexadecimal digits) of each task's file of init states. Throws Error
// for files that cannot be read.
[[nodiscard]] nlohmann::ordered_json InitStatesJson(const std::vector<Task>& tasks);

}  // namespace libero
