#include "tasks/policies/random_policy.h"

#include "tasks/episode_random.h"

namespace libero {

void RandomPolicy::BeginEpisode(int slot, const EpisodeSpec& episode, const Env& /*env*/) {
  episodes_[slot] = episode;
}

void RandomPolicy::Act(std::span<const PolicyInput> inputs, std::span<Action> actions) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    CounterRandom random =
        EpisodeRandom(episodes_.at(inputs[i].slot), "random policy", inputs[i].step);
    for (size_t j = 0; j < 6; ++j) actions[i][j] = random.Uniform(-1, 1);
    actions[i][6] = random.Bits() % 2 == 0 ? -1 : 1;
  }
}

}  // namespace libero
