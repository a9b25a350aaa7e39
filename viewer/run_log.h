#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "policy/load_policy.h"
#include "tasks/protocol.h"

namespace libero {

// An episode of an evaluation, as a line of its episodes.jsonl says.
struct RunEpisode {
  std::string end;  // "success", "timeout", "diverged", "cancelled" or "error"
  int steps = 0;
  int reset_index = 1;
  double wall_s = 0;
  uint64_t final_state_hash = 0;
  std::string error;
};

// The folder of an evaluation (`libero eval --out`), as far as it has come.
struct Run {
  std::filesystem::path folder;
  std::string suite;
  std::string policy;
  CheckpointOptions acting;  // how it acts, if it is a checkpoint
  Protocol protocol;
  std::string mode;
  uint32_t seed = 0;
  std::vector<int> tasks;
  std::vector<int> inits;                              // init states, the same for each task
  std::map<std::pair<int, int>, RunEpisode> episodes;  // by task and init state
  bool is_done = false;
};

// Reads config.json and episodes.jsonl, both of which an evaluation may be writing: a last line
// without its end is left for the next time. Throws Error if the folder is not an evaluation's.
[[nodiscard]] Run ReadRunLog(const std::filesystem::path& folder);

// Reads what has come since; true if something has.
bool UpdateRun(Run& run);

// Episodes counted; those with errors are in neither number.
struct RunTally {
  int num_episodes = 0;
  int num_successes = 0;
  int num_errors = 0;
  double low = 0;  // Wilson's 95 % interval of the success rate
  double high = 1;
};

// Of one task, or of all for −1.
[[nodiscard]] RunTally Count(const Run& run, int task);

}  // namespace libero
