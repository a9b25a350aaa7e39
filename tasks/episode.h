#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace libero {

// In place of an init index: the episode begins where its reset put things.
inline constexpr int kNoInitState = -1;

// Names an episode. With a policy and a protocol it decides everything that happens in it.
struct EpisodeSpec {
  std::string suite;  // full name
  int task_index = 0;
  int init_index = 0;  // of the published initial states, or kNoInitState
  int reset_index =
      1;              // the how-manieth reset since the seed, from 1: decides where fixtures stand
  uint32_t seed = 0;  // of the resets, and of policies that draw random numbers

  // What a policy is told in place of the task's instruction, as a control; see
  // SetInstructions.
  std::optional<std::string> instruction;
};

enum class EpisodeEnd {
  kSuccess,    // the goal held after a step
  kTimeout,    // it did not within the protocol's steps
  kDiverged,   // the simulation became unstable (MuJoCo's warnings of bad numbers)
  kCancelled,  // somebody stopped the run
};

// How many of a goal's predicates held: sub-goals reached.
struct GoalProgress {
  int num_predicates = 0;  // 0: not known
  int best = 0;            // at once, after one of the policy's actions
  int end = 0;             // after the last one
};

// What came of an episode. An error is not an end: it leaves `error` and no success either way.
struct EpisodeResult {
  EpisodeSpec spec;
  EpisodeEnd end = EpisodeEnd::kTimeout;
  int steps = 0;                  // actions of the policy, settle steps not counted
  double wall_s = 0;              // from reset to end
  uint64_t final_state_hash = 0;  // XXH3-64 of time, qpos and qvel
  GoalProgress progress;
  std::string error;  // "" or why the episode could not be run to its end

  [[nodiscard]] bool success() const { return error.empty() && end == EpisodeEnd::kSuccess; }
};

// "success", "timeout", "diverged", "cancelled".
[[nodiscard]] const char* Name(EpisodeEnd end);

}  // namespace libero
