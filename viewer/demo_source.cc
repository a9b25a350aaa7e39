#include "viewer/demo_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/check.h"

namespace libero {

std::optional<double> DemoSource::StateError(int step, std::span<const double> state) const {
  const auto size = static_cast<size_t>(demo.state_size);
  const bool is_last = step == static_cast<int>(demo.actions.size());
  std::span<const double> recorded = demo.final_state;
  if (!is_last) {
    const size_t begin = static_cast<size_t>(step) * size;
    if (begin + size > demo.states.size()) return std::nullopt;
    recorded = std::span(demo.states).subspan(begin, size);
  }
  if (recorded.size() != state.size() || state.empty()) return std::nullopt;
  double largest = 0;
  for (size_t i = 1; i < state.size(); ++i) {  // time apart
    largest = std::max(largest, std::abs(state[i] - recorded[i]));
  }
  return largest;
}

DemoSource ReadDemoSource(const std::filesystem::path& path, int number,
                          const std::vector<Suite>& suites) {
  const DemoFile file(path);
  const Task& task = FindDemoTask(file, suites);
  DemoSource source = {.file = path, .numbers = file.demo_numbers()};
  source.demo = file.Read(number < 0 ? source.numbers.front() : number);
  source.scene = DefaultReplayScene(file, source.demo);
  source.env = {
      .seed = file.seed().value_or(0), .mode = file.mode(), .controller = file.controller()};
  source.episode = {.suite = task.suite,
                    .task_index = task.index,
                    .init_index = source.demo.init_index.value_or(kNoInitState),
                    .reset_index = source.demo.reset_index.value_or(source.demo.number + 1),
                    .seed = source.env.seed};
  return source;
}

void ActionsPolicy::BeginEpisode(int /*slot*/, const EpisodeSpec& /*episode*/, const Env& /*env*/) {
}

void ActionsPolicy::Act(std::span<const PolicyInput> inputs, std::span<Action> actions) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto step = static_cast<size_t>(inputs[i].step);
    actions[i] = {};
    if (step < actions_.size()) {
      actions[i] = actions_[step];
    } else if (!actions_.empty()) {
      actions[i][6] = actions_.back()[6];
    }
  }
}

}  // namespace libero
