#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tasks/policy.h"

namespace libero {

// The actions of a task's demonstrations, by the init state that each begins in.
struct DemoActions {
  std::string task;  // the stem of its BDDL file; "" if that is not known
  std::map<int, std::vector<Action>> by_init;
};

// Reads a file of demonstrations; of two that begin in one init state the first counts. Throws
// Error if the file cannot be read, and for demonstrations that do not tell their init index.
[[nodiscard]] DemoActions ReadDemoActions(const std::filesystem::path& file);

// Plays recorded actions in the episodes with their init states, and repeats `after` when they are
// over. What was recorded may not come back: see the notes on sensitivity in tasks/README.md.
class ReplayPolicy : public Policy {
 public:
  // `name` says where the actions are from, for messages.
  ReplayPolicy(DemoActions demos, std::string name, const Action& after = {0, 0, 0, 0, 0, 0, -1});

  // Throws Error if the demonstrations are of another task, or none has the episode's init state.
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
