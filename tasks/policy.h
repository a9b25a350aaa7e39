#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/observation.h"
#include "tasks/episode.h"

namespace libero {

class Env;

// What a policy is told about one slot's episode to choose its next action.
struct PolicyInput {
  int slot = 0;                   // which of the parallel environments
  int step = 0;                   // actions the policy has chosen in this episode so far
  const Env* env = nullptr;       // never null; to look at, for experts that know the world
  std::span<const Image> frames;  // one per camera, if NeedsFrames; else empty
};

// Chooses actions for many environments at once. Each slot runs one episode after another; what a
// policy remembers of an episode it keeps by slot and forgets in BeginEpisode, so that actions
// depend on the episode alone and not on what else runs. One thread calls all functions, one call
// at a time.
class Policy {
 public:
  virtual ~Policy() = default;

  // The frames it looks at; empty if none. Asked once.
  [[nodiscard]] virtual std::vector<FrameSpec> frames() const { return {}; }

  // A new episode begins in `slot`. `env` is in its state after the settle steps only when Act is
  // first called.
  virtual void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) = 0;

  // Whether the next Act for this slot will look at pictures. Drawing them is most of a rollout's
  // cost, and a policy that has actions left to play needs none.
  [[nodiscard]] virtual bool NeedsFrames(int /*slot*/) const { return true; }

  // Chooses `actions[i]` for `inputs[i]`; the sizes are equal and > 0, the slots differ. An action
  // that is not finite is the policy's error and ends the episode as one. Throws Error if the
  // policy itself fails; it is then as if the call had not been made, for it may be made again with
  // some of the slots only.
  virtual void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) = 0;

  // For records: e.g. "random".
  [[nodiscard]] virtual std::string description() const = 0;
};

}  // namespace libero
