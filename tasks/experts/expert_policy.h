#pragma once

#include <functional>
#include <map>
#include <memory>

#include "tasks/experts/expert_options.h"
#include "tasks/policy.h"

namespace libero {

// Solves tasks by looking at the simulator's state: a script, made of skills that are chosen from
// the task's goal and the objects' shapes, so that it knows every task of the benchmark. It acts as
// every policy does, through actions in [-1, 1]^7, and needs no pictures. What it does depends on
// the episode alone.
class ExpertPolicy : public Policy {
 public:
  // `said` is told what is begun: slot, step, words; may be empty.
  using Listener = std::function<void(int slot, int step, const std::string& what)>;
  explicit ExpertPolicy(const ExpertOptions& options = {}, Listener said = {});
  ~ExpertPolicy() override;

  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) override;
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override;
  [[nodiscard]] std::string description() const override;

 private:
  struct Performance;

  ExpertOptions options_;
  Listener said_;
  std::map<int, std::unique_ptr<Performance>> performances_;  // by slot
};

}  // namespace libero
