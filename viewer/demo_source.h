#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tasks/demo_file.h"
#include "tasks/env.h"
#include "tasks/policy.h"
#include "tasks/replay.h"
#include "tasks/suites.h"

namespace libero {

// A recorded demonstration, ready to be played.
struct DemoSource {
  std::filesystem::path file;
  std::vector<int> numbers;  // of all demonstrations in the file
  Demo demo;
  ReplayScene scene = ReplayScene::kProtocol;
  EpisodeSpec episode;  // that it is of, as far as the file tells
  EnvOptions env;

  // The largest difference of a state from the recorded one after `step` actions; none where the
  // file has none.
  [[nodiscard]] std::optional<double> StateError(int step, std::span<const double> state) const;
};

// Reads demonstration `number` of a file, or its first one for −1. Throws Error if there is none,
// if it cannot be read, or its task is unknown.
[[nodiscard]] DemoSource ReadDemoSource(const std::filesystem::path& file, int number,
                                        const std::vector<Suite>& suites);

// Plays a list of actions, by the step; behind its end the last one's gripper, without moving.
class ActionsPolicy : public Policy {
 public:
  ActionsPolicy(std::vector<Action> actions, std::string name)
      : actions_(std::move(actions)), name_(std::move(name)) {}
  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) override;
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override;
  [[nodiscard]] std::string description() const override { return name_; }

 private:
  std::vector<Action> actions_;
  std::string name_;
};

}  // namespace libero
