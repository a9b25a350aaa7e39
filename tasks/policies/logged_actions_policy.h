#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tasks/policy.h"

namespace libero {

// Plays the actions that `libero eval --log-actions` wrote, each episode its own.
class LoggedActionsPolicy : public Policy {
 public:
  // The folder of the evaluation. Throws Error if it has no logged actions.
  explicit LoggedActionsPolicy(std::filesystem::path run_folder);

  // Throws Error if the actions of the episode were not logged.
  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) override;

  // Throws Error where there are no further actions.
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override;
  [[nodiscard]] std::string description() const override;

 private:
  std::filesystem::path run_folder_;
  std::map<int, std::vector<Action>> actions_;  // by slot
};

}  // namespace libero
