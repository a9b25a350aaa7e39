#include "tasks/policies/replay_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "sim/base/check.h"

namespace libero {

ReplayPolicy::ReplayPolicy(DemoActions demos, std::string name, const Action& after)
    : demos_(std::move(demos)), name_(std::move(name)), after_(after) {}

void ReplayPolicy::BeginEpisode(int slot, const EpisodeSpec& episode, const Env& /*env*/) {
  const auto demo = demos_.find(episode.init_index);
  if (demo == demos_.end()) {
    std::vector<int> known;
    for (const auto& [init_index, actions] : demos_) known.push_back(init_index);
    throw Error(
        fmt::format("{}: no demonstration begins in init state {}", name_, episode.init_index),
        fmt::format("--inits chooses among those it has: {}", fmt::join(known, ", ")));
  }
  playing_[slot] = &demo->second;
}

void ReplayPolicy::Act(std::span<const PolicyInput> inputs, std::span<Action> actions) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::vector<Action>& demo = *playing_.at(inputs[i].slot);
    const auto step = static_cast<size_t>(inputs[i].step);
    actions[i] = step < demo.size() ? demo[step] : after_;
  }
}

}  // namespace libero
