#include "tasks/policies/logged_actions_policy.h"

#include <fmt/format.h>

#include <utility>

#include "sim/base/check.h"
#include "tasks/action_file.h"

namespace libero {

LoggedActionsPolicy::LoggedActionsPolicy(std::filesystem::path run_folder)
    : run_folder_(std::move(run_folder)) {
  if (std::filesystem::is_directory(run_folder_ / "actions")) return;
  throw Error(fmt::format("{}: no actions were logged", run_folder_.string()),
              "libero eval --log-actions does it");
}

void LoggedActionsPolicy::BeginEpisode(int slot, const EpisodeSpec& episode, const Env& /*env*/) {
  const std::filesystem::path path = run_folder_ / "actions" / (EpisodeFileStem(episode) + ".npy");
  if (!std::filesystem::exists(path)) {
    throw Error(fmt::format("{}: the actions of this episode were not logged", path.string()));
  }
  actions_[slot] = ReadActionFile(path);
}

void LoggedActionsPolicy::Act(std::span<const PolicyInput> inputs, std::span<Action> actions) {
  for (const PolicyInput& input : inputs) {
    const size_t num_logged = actions_.at(input.slot).size();
    if (static_cast<size_t>(input.step) < num_logged) continue;
    throw Error(fmt::format("the episode goes on after its {} logged actions", num_logged),
                "it was played in another way: other physics, another protocol or build");
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    actions[i] = actions_.at(inputs[i].slot)[static_cast<size_t>(inputs[i].step)];
  }
}

std::string LoggedActionsPolicy::description() const {
  return "replay of " + run_folder_.string();
}

}  // namespace libero
