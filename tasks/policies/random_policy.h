#pragma once

#include <map>

#include "tasks/policy.h"

namespace libero {

// Uniform in [-1, 1]^6, the gripper opening (-1) or closing (1) by a coin's toss. An action depends
// on the episode (seed included) and the step alone.
class RandomPolicy : public Policy {
 public:
  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) override;
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override;
  [[nodiscard]] std::string description() const override { return "random"; }

 private:
  std::map<int, EpisodeSpec> episodes_;  // by slot
};

}  // namespace libero
