#include "tasks/action_noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "tasks/episode_random.h"

namespace libero {
namespace {

constexpr int kPeriod = 30;  // steps, in each of which one push begins, and perhaps one drop
constexpr std::pair<int, int> kPushSteps = {4, 8};  // how long they last, at least and at most
constexpr std::pair<int, int> kDropSteps = {6, 10};

// Whether a step is among those of what begins somewhere in the `period`-th 30 steps.
bool IsAmong(int step, int period, std::pair<int, int> length, CounterRandom& random) {
  const int first = period * kPeriod + static_cast<int>(random.Uniform(0, kPeriod));
  const int count = static_cast<int>(random.Uniform(length.first, length.second + 1));
  return step >= first && step < first + count;
}

// What the push of a period adds to the translation at `step`.
std::array<double, 3> PushAt(const EpisodeSpec& episode, int period, int step, double largest) {
  if (largest <= 0) return {};
  CounterRandom random = EpisodeRandom(episode, "push", period);
  if (!IsAmong(step, period, kPushSteps, random)) return {};
  std::array<double, 3> push{};
  for (double& number : push) number = random.Uniform(-largest, largest);
  return push;
}

// Whether the drop of a period, if it has one, opens the fingers at `step`.
bool IsDropAt(const EpisodeSpec& episode, int period, int step, double share) {
  if (share <= 0) return false;
  CounterRandom random = EpisodeRandom(episode, "drop", period);
  return IsAmong(step, period, kDropSteps, random) && random.Uniform(0, 1) < share;
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
  const int period = step / kPeriod;
  for (int p = std::max(0, period - 1); p <= period; ++p) {
    const std::array<double, 3> push = PushAt(episode, p, step, noise.push);
    for (size_t i = 0; i < 3; ++i) disturbed[i] += push[i];
    if (IsDropAt(episode, p, step, noise.drop)) disturbed.back() = -1;
  }
  for (size_t i = 0; i < 6; ++i) disturbed[i] = std::clamp(disturbed[i], -1.0, 1.0);
  return disturbed;
}

}  // namespace libero
