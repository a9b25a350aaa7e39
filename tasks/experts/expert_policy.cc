#include "tasks/experts/expert_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/base/check.h"
#include "tasks/action_noise.h"
#include "tasks/episode_random.h"
#include "tasks/experts/agent.h"
#include "tasks/experts/solve.h"

namespace libero {

// One episode. The action of a step is kept, for it may be asked for again.
struct ExpertPolicy::Performance {
  EpisodeSpec episode;
  std::optional<Agent> agent;
  std::optional<Skill> skill;
  int step = -1;  // of `action`
  Action action{};

  void Begin(const Env& env, const ExpertOptions& options) {
    agent.emplace(Agent{.cell = Workcell(env), .options = options});
    agent->home = agent->cell.hand();
    agent->posture = agent->cell.arm_joints();
    skill.emplace(SolveTask(*agent));
    skill->Start(agent->cursor);
  }

  // The next action; when there is nothing left to do, the hand rests.
  Action Next() {
    agent->cursor.action = {0, 0, 0, 0, 0, 0, agent->grip};
    if (!skill->is_done()) agent->cursor.next.resume();
    if (skill->is_done()) static_cast<void>(skill->Result());  // throws what ended it
    return agent->cursor.action;
  }
};

ExpertPolicy::ExpertPolicy(const ExpertOptions& options, Listener said)
    : options_(options), said_(std::move(said)) {}

ExpertPolicy::~ExpertPolicy() = default;

void ExpertPolicy::BeginEpisode(int slot, const EpisodeSpec& episode, const Env& /*env*/) {
  performances_[slot] = std::make_unique<Performance>();
  performances_[slot]->episode = episode;
}

void ExpertPolicy::Act(std::span<const PolicyInput> inputs, std::span<Action> actions) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const PolicyInput& input = inputs[i];
    Performance& performance = *performances_.at(input.slot);
    if (performance.step != input.step) {
      if (!performance.agent) performance.Begin(*input.env, options_);
      if (said_) {
        performance.agent->say = [&](const std::string& what) {
          said_(input.slot, input.step, what);
        };
      }
      performance.action = performance.Next();
      performance.step = input.step;
      CounterRandom random = EpisodeRandom(performance.episode, "expert noise", input.step);
      AddNoise(options_.noise, random, &performance.action);
      for (size_t j = 0; j < 6; ++j) {
        performance.action[j] = std::clamp(performance.action[j], -1.0, 1.0);
      }
    }
    actions[i] = performance.action;
  }
}

std::string ExpertPolicy::description() const {
  return fmt::format("expert (noise {}, speed {}, close {})", options_.noise, options_.speed,
                     options_.close);
}

}  // namespace libero
