#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "tasks/suites.h"

#include <nlohmann/json.hpp>

namespace libero {

// What OpenVLA's script that makes LIBERO's files anew notes beside them, and OpenVLA-OFT's
// evaluation can start from: of each demonstration, those that failed too, whether it succeeded
// and in which state it began. A file <suite>_metainfo.json for each suite:
//   {"turn_on_the_stove": {"demo_0": {"success": true, "initial_state": [...]}, ...}, ...}
// source: openvla@main:experiments/robot/libero/regenerate_libero_dataset.py
// differs: the state is the one before the settle steps, which is states[0] only of files that tell
// of none.
class DemoMetainfo {
 public:
  explicit DemoMetainfo(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // `sentence` is the task's; `state` a flattened state of the simulator, time first.
  void Note(const Task& task, const std::string& sentence, int demo_number, bool success,
            std::span<const double> state);

  // Writes the files, whole or not at all, with what earlier calls of the program noted there.
  // Throws Error if one of them is no such file or cannot be written.
  void Write();

 private:
  std::filesystem::path folder_;
  std::map<std::string, nlohmann::ordered_json> suites_;  // by name; since the last Write
};

}  // namespace libero
