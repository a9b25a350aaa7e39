#include "viewer/playhead.h"

#include <gtest/gtest.h>

namespace libero {
namespace {

TEST(PlayheadTest, PlaysTwentyStepsASecondAtSpeedOne) {
  Playhead playhead;
  playhead.SetPlaying(true);
  playhead.Advance(0.5, 100, false);
  EXPECT_EQ(playhead.instant(100).step, 10);
  playhead.SetSpeed(4);
  playhead.Advance(0.5, 100, false);
  EXPECT_EQ(playhead.instant(100).step, 50);
}

TEST(PlayheadTest, WaitsForTheSimulationAndAsksForWhatComesNext) {
  Playhead playhead;
  playhead.SetPlaying(true);
  EXPECT_GT(playhead.target(), 0);
  playhead.Advance(10, 3, false);
  EXPECT_EQ(playhead.instant(3).step, 3);
  EXPECT_EQ(playhead.instant(3).substep, 0);
  EXPECT_TRUE(playhead.is_playing());
  EXPECT_GT(playhead.target(), 3);
}

TEST(PlayheadTest, StopsWhereTheEpisodeEnds) {
  Playhead playhead;
  playhead.SetPlaying(true);
  playhead.Advance(10, 7, true);
  EXPECT_FALSE(playhead.is_playing());
  EXPECT_EQ(playhead.target(), 7);
  playhead.MoveSteps(3);
  playhead.Advance(0.01, 7, true);
  EXPECT_EQ(playhead.target(), 7) << "there is nothing behind the end";
}

TEST(PlayheadTest, MovesByStepsAndSubsteps) {
  Playhead playhead;
  playhead.MoveSteps(2);
  playhead.MoveSubsteps(3);
  EXPECT_EQ(playhead.instant(10).step, 2);
  EXPECT_EQ(playhead.instant(10).substep, 3);
  EXPECT_EQ(playhead.target(), 3) << "the step in which the instant lies";
  playhead.MoveSteps(1);
  EXPECT_EQ(playhead.instant(10).step, 3);
  EXPECT_EQ(playhead.instant(10).substep, 0);
  playhead.MoveSubsteps(-1);
  EXPECT_EQ(playhead.instant(10).step, 2);
  EXPECT_EQ(playhead.instant(10).substep, 24);
  playhead.MoveSteps(-1);
  EXPECT_EQ(playhead.instant(10).step, 2);
  playhead.MoveSteps(-5);
  EXPECT_EQ(playhead.instant(10).step, 0);
}

TEST(PlayheadTest, KeepsSpeedsInBounds) {
  Playhead playhead;
  playhead.SetSpeed(1000);
  EXPECT_EQ(playhead.speed(), Playhead::kMaxSpeed);
  playhead.SetSpeed(0);
  EXPECT_EQ(playhead.speed(), Playhead::kMinSpeed);
}

}  // namespace
}  // namespace libero
