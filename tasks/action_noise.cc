#include "tasks/action_noise.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tasks/episode_random.h"

namespace libero {
namespace {

constexpr int kPushPeriod = 30;  // steps, in each of which one push begins
constexpr int kShortestPush = 4;
constexpr int kLongestPush = 8;

// What the push of the `period`-th 20 steps adds to the translation at `step`.
std::array<double, 3> PushAt(const EpisodeSpec& episode, int period, int step, double largest) {
  CounterRandom random = EpisodeRandom(episode, "push", period);
  const int first = period * kPushPeriod + static_cast<int>(random.Uniform(0, kPushPeriod));
  const int length = static_cast<int>(random.Uniform(kShortestPush, kLongestPush + 1));
  if (step < first || step >= first + length) return {};
  std::array<double, 3> push{};
  for (double& number : push) number = random.Uniform(-largest, largest);
  return push;
}

}  // namespace

void AddNoise(double deviation, CounterRandom& random, Action* action) {
  const double reach = std::sqrt(3.0) * deviation;  // of uniform numbers
  if (reach <= 0) return;
  for (size_t i = 0; i < 6; ++i) (*action)[i] += random.Uniform(-reach, reach);
}

Action Disturbed(const Action& action, const ActionNoise& noise, const EpisodeSpec& episode,
                 int step) {
  if (noise.is_none()) return action;
  Action disturbed = action;
  CounterRandom random = EpisodeRandom(episode, "action noise", step);
  AddNoise(noise.deviation, random, &disturbed);
  if (noise.push > 0) {
    const int period = step / kPushPeriod;
    for (int p = std::max(0, period - 1); p <= period; ++p) {
      const std::array<double, 3> push = PushAt(episode, p, step, noise.push);
      for (size_t i = 0; i < 3; ++i) disturbed[i] += push[i];
    }
  }
  for (size_t i = 0; i < 6; ++i) disturbed[i] = std::clamp(disturbed[i], -1.0, 1.0);
  return disturbed;
}

}  // namespace libero
