#include "tasks/policies/noop_policy.h"

#include <algorithm>

namespace libero {

void NoopPolicy::BeginEpisode(int /*slot*/, const EpisodeSpec& /*episode*/, const Env& /*env*/) {}

void NoopPolicy::Act(std::span<const PolicyInput> /*inputs*/, std::span<Action> actions) {
  std::ranges::fill(actions, action_);
}

}  // namespace libero
