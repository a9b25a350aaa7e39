#include "tasks/policies/replay_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "sim/base/check.h"
#include "tasks/demo_file.h"
#include "tasks/env.h"

namespace libero {

DemoActions ReadDemoActions(const std::filesystem::path& file) {
  const DemoFile demos(file);
  const std::filesystem::path bddl_file = demos.bddl_file_name().value_or("");
  DemoActions actions{.task = bddl_file.stem().string()};
  for (const int number : demos.demo_numbers()) {
    Demo demo = demos.Read(number);
    if (!demo.init_index) {
      throw Error(demo.where + "expected an attribute init_index",
                  "it says which episodes the actions are for; 'libero replay' plays others too");
    }
    actions.by_init.try_emplace(*demo.init_index, std::move(demo.actions));
  }
  return actions;
}

ReplayPolicy::ReplayPolicy(DemoActions demos, std::string name, const Action& after)
    : demos_(std::move(demos)), name_(std::move(name)), after_(after) {}

void ReplayPolicy::BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) {
  const std::string task = env.setup().task.bddl_path.stem().string();
  if (!demos_.task.empty() && demos_.task != task) {
    throw Error(fmt::format("{}: demonstrations of '{}', not of '{}'", name_, demos_.task, task),
                "--tasks chooses tasks");
  }
  const auto demo = demos_.by_init.find(episode.init_index);
  if (demo == demos_.by_init.end()) {
    std::vector<int> known;
    for (const auto& [init_index, actions] : demos_.by_init) known.push_back(init_index);
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
