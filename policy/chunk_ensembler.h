#pragma once

#include <array>
#include <deque>
#include <string>
#include <string_view>

#include "policy/action_chunk.h"

namespace libero {

// How plans become actions.
struct ActMode {
  // A new plan each step; the action is an average of what all plans say of the step. Otherwise a
  // plan is played, then there is a new one.
  bool is_ensemble = true;

  // Actions of a plan that are played, without ensemble; 0: all.
  int num_played = 0;

  // Whether a plan in whose first `num_played` actions the gripper changes is played to its end:
  // pictures hardly show how far fingers have closed.
  bool is_committed = false;

  bool operator==(const ActMode&) const = default;
};

// "ensemble", "chunked", or "chunked:N" or "committed:N" with N ≥ 1 actions of each plan. Throws
// Error for others.
[[nodiscard]] ActMode ParseActMode(std::string_view text);
[[nodiscard]] std::string ActModeName(const ActMode& mode);

// How many actions of a plan are played. Not for ensembles (CHECK).
[[nodiscard]] size_t NumPlayed(const ActMode& mode, const ActionChunk& plan);

// Averages plans that were made at consecutive steps: of those that still say something of this
// step, a plan i steps old has the weight exp(-0.1 i). So the newest counts most, the reverse of
// ACT's weights. The gripper is averaged too. A value; one per episode.
// source: UniVLA@0ab9e9d:experiments/robot/libero/run_libero_eval.py
class ChunkEnsembler {
 public:
  // Adds the plan made at this step and returns the step's action. Plans too old to say anything
  // are dropped. Requires a chunk that is not empty (CHECK).
  [[nodiscard]] std::array<double, 7> Add(ActionChunk chunk);

 private:
  std::deque<ActionChunk> chunks_;  // the newest first
};

}  // namespace libero
