#include "tasks/action_noise.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace libero {
namespace {

const EpisodeSpec kEpisode = {.suite = "libero_spatial", .reset_index = 51, .seed = 7};

TEST(ActionNoiseTest, NoneLeavesActionsAlone) {
  const Action action = {0.1, -0.2, 0.3, 0, 0, 0.5, -1};
  EXPECT_TRUE(ActionNoise{}.is_none());
  EXPECT_EQ(Disturbed(action, {}, kEpisode, 3), action);
}

TEST(ActionNoiseTest, HasTheDeviationAskedFor) {
  constexpr int kNumSteps = 4000;
  double sum = 0;
  double squares = 0;
  for (int step = 0; step < kNumSteps; ++step) {
    const Action noisy = Disturbed({0, 0, 0, 0, 0, 0, 1}, {.deviation = 0.05}, kEpisode, step);
    EXPECT_EQ(noisy[6], 1) << "the gripper's";
    for (size_t i = 0; i < 6; ++i) {
      sum += noisy[i];
      squares += noisy[i] * noisy[i];
    }
  }
  EXPECT_NEAR(sum / (6 * kNumSteps), 0, 0.002);
  EXPECT_NEAR(std::sqrt(squares / (6 * kNumSteps)), 0.05, 0.001);
}

TEST(ActionNoiseTest, StaysInRange) {
  for (int step = 0; step < 100; ++step) {
    const Action noisy = Disturbed({1, -1, 1, -1, 1, -1, 1}, {1, 1}, kEpisode, step);
    for (const double number : noisy) EXPECT_LE(std::abs(number), 1);
  }
}

// Of some episodes: how long the hand is pushed, and how often.
TEST(ActionNoiseTest, PushesAFewStepsNowAndThen) {
  constexpr int kNumSteps = 3000;
  int num_pushed = 0;
  int num_pushes = 0;
  Action last{};
  for (int step = 0; step < kNumSteps; ++step) {
    const Action pushed = Disturbed({}, {.push = 0.5}, kEpisode, step);
    for (size_t i = 3; i < 6; ++i) EXPECT_EQ(pushed[i], 0) << "only the translation";
    if (pushed != Action{}) ++num_pushed;
    if (pushed != Action{} && pushed != last) ++num_pushes;
    last = pushed;
  }
  EXPECT_NEAR(num_pushes, kNumSteps / 30, 10);
  EXPECT_NEAR(static_cast<double>(num_pushed) / num_pushes, 6, 0.6);
}

// Of some episodes: how often fingers are opened, and how long.
TEST(ActionNoiseTest, DropsNowAndThen) {
  constexpr int kNumSteps = 30'000;
  int num_open = 0;
  int num_drops = 0;
  bool was_open = false;
  for (int step = 0; step < kNumSteps; ++step) {
    const Action closing = {0, 0, 0, 0, 0, 0, 1};
    const Action dropped = Disturbed(closing, {.drop = 0.25}, kEpisode, step);
    for (size_t i = 0; i < 6; ++i) EXPECT_EQ(dropped[i], 0) << "only the gripper";
    const bool is_open = dropped != closing;
    EXPECT_EQ(dropped[6], is_open ? -1 : 1);
    num_open += is_open ? 1 : 0;
    num_drops += is_open && !was_open ? 1 : 0;
    was_open = is_open;
  }
  EXPECT_NEAR(num_drops, kNumSteps / 30 / 4, 40);
  EXPECT_NEAR(static_cast<double>(num_open) / num_drops, 8, 0.8);
}

TEST(ActionNoiseTest, DependsOnEpisodeAndStep) {
  const ActionNoise noise = {.deviation = 0.1};
  EpisodeSpec other = kEpisode;
  other.reset_index = 52;
  EXPECT_EQ(Disturbed({}, noise, kEpisode, 5), Disturbed({}, noise, kEpisode, 5));
  EXPECT_NE(Disturbed({}, noise, kEpisode, 5), Disturbed({}, noise, kEpisode, 6));
  EXPECT_NE(Disturbed({}, noise, kEpisode, 5), Disturbed({}, noise, other, 5));
}

}  // namespace
}  // namespace libero
