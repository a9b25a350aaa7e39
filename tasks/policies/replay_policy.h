#pragma once

#include <map>
#include <string>
#include <vector>

#include "tasks/policy.h"

namespace libero {

// The actions of demonstrations, by the init state that each begins in.
using DemoActions = std::map<int, std::vector<Action>>;

// Plays recorded actions in the episodes with their init states, and repeats `after` when they are
// over. What was recorded may not come back: see the notes on sensitivity in tasks/README.md.
class ReplayPolicy : public Policy {
 public:
  // `name` says where the actions are from, for messages.
  ReplayPolicy(DemoActions demos, std::string name, const Action& after = {0, 0, 0, 0, 0, 0, -1});

  // Throws Error if there is no demonstration for the episode's init state.
  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) override;
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override;
  [[nodiscard]] std::string description() const override { return "replay of " + name_; }

 private:
  DemoActions demos_;
  std::string name_;
  Action after_;
  std::map<int, const std::vector<Action>*> playing_;  // by slot; into demos_
};

}  // namespace libero
