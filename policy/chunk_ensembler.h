#pragma once

#include <array>
#include <deque>
#include <string_view>

#include "policy/action_chunk.h"

namespace libero {

// How plans become actions.
enum class ActMode {
  kEnsemble,  // a new plan each step; the action is an average of what all plans say of the step
  kChunked,   // a plan is played to its end, then there is a new one
};

// "ensemble" or "chunked". Throws Error for other names.
[[nodiscard]] ActMode ParseActMode(std::string_view name);
[[nodiscard]] std::string_view ActModeName(ActMode mode);

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
