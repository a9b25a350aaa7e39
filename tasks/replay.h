#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/demo_file.h"
#include "tasks/env.h"

namespace libero {

// Where a demonstration's fixtures are put, and how it starts:
//   kProtocol  demo_<n> is the (n + 1)-th reset of the file's seed, as in a sequential run of the
//              Python stack; then the published init state `init_index`, or else init_state, or
//              else states[0]
//   kModel     the first reset, then every fixture where the demonstration's model_file has it;
//   then
//              states[0], or else init_state
enum class ReplayScene { kProtocol, kModel };

// "protocol" or "model".
[[nodiscard]] std::string_view ReplaySceneName(ReplayScene scene);

// Throws Error about the option --scene for other names.
[[nodiscard]] ReplayScene FindReplayScene(const std::string& name);

// kProtocol if seed and init or reset index are known, else kModel if there is a model_file, else
// kProtocol.
[[nodiscard]] ReplayScene DefaultReplayScene(const DemoFile& file, const Demo& demo);

// How the actions of one demonstration went. Of T steps:
struct ReplayResult {
  std::string name;                       // "demo_<n>"
  int steps = 0;                          // T
  bool success = false;                   // the goal held after some action
  std::optional<int> first_success_step;  // of that action, from 0

  // (T + 1): the largest difference of a number of the state from the recorded one before each
  // action, and at last from final_state; none where the file has none. What is not finite counts
  // as the largest double.
  std::vector<std::optional<double>> state_errors;
  std::optional<double> max_state_error;  // none if all are

  std::vector<uint8_t> success_flags;       // (T), 0 or 1: the goal after each action
  std::optional<bool> success_flags_equal;  // to the recorded ones; none if the file has none
};

// Throws Error unless the demonstration can be started in a scene of this task: it fits the model,
// has a state to start from, its init index is one of the task's, and for kModel its model_file has
// all fixtures. Cheap: needs no scene.
void CheckReplayable(const Demo& demo, ReplayScene scene, const Problem& problem,
                     const InitStates& init_states);

// Puts everything where the demonstration began, before its settle steps. Requires CheckReplayable,
// and for kProtocol that the environment's seed is the file's.
void PlaceReplay(Env& env, const Demo& demo, ReplayScene scene);

// Puts the environment where the demonstration starts; takes the settle steps, if it began with
// some. Requires CheckReplayable, and for kProtocol that the environment's seed is the file's.
void StartReplay(Env& env, const Demo& demo, ReplayScene scene);

// StartReplay, then plays every action, whether the goal holds or not.
[[nodiscard]] ReplayResult Replay(Env& env, const Demo& demo, ReplayScene scene);

}  // namespace libero
