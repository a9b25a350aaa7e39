#pragma once

#include "tasks/policy.h"

namespace libero {

// Repeats one action, a protocol's settle action for example: what happens if nobody acts.
class NoopPolicy : public Policy {
 public:
  explicit NoopPolicy(const Action& action = {0, 0, 0, 0, 0, 0, -1}) : action_(action) {}

  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) override;
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override;
  [[nodiscard]] std::string description() const override { return "noop"; }

 private:
  Action action_;
};

}  // namespace libero
