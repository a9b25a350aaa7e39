#include "sim/observation_clock.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

using testing::ElementsAre;

std::vector<int> SampledSubsteps(ObservationClock& clock) {
  std::vector<int> sampled;
  for (int i = 0; i < 25; ++i) {
    if (clock.Tick()) sampled.push_back(i);
  }
  return sampled;
}

ObservationClock After(int num_forced) {
  ObservationClock clock;
  clock.Reset();
  for (int i = 0; i < num_forced; ++i) clock.Force();
  return clock;
}

TEST(ObservationClockTest, EachForcedUpdateMakesTheSampleOneSubstepEarlier) {
  for (int num_forced = 1; num_forced <= 5; ++num_forced) {
    ObservationClock clock = After(num_forced);
    EXPECT_THAT(SampledSubsteps(clock), ElementsAre(25 - num_forced));
  }
}

TEST(ObservationClockTest, SamplesOnceAStepAtTheSameSubstepForAWholeEpisode) {
  ObservationClock clock = After(2);
  for (int step = 0; step < 1000; ++step) {
    ASSERT_THAT(SampledSubsteps(clock), ElementsAre(23)) << "in step " << step;
  }
}

}  // namespace
}  // namespace libero
