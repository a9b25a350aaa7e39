#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

namespace libero {

// The options of `libero dump-model`.
struct DumpModelOptions {
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
  std::string suite;
  std::string task;  // see FindTask
  uint32_t seed = 0;
  int reset = 1;              // see ResetSampler::Sample
  std::filesystem::path out;  // .mjb
};

// Writes the task's model with the fixtures where that reset puts them, and prints a JSON document:
// sizes, qpos, fixture poses, and XXH3-64 of every array of the model. Throws Error for unknown
// suites and tasks and if the file cannot be written; then no file is left.
int RunDumpModelCommand(const DumpModelOptions& options, std::ostream& out);

}  // namespace libero
