#include "results/sequential_statistics.h"

#include <cmath>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "sim/base/counter_random.h"

namespace libero {
namespace {

TEST(RateSequenceTest, BeginsWithEverythingAndEndsWithTheRate) {
  EXPECT_EQ(RateSequence(500, 0, 0).low, 0);
  EXPECT_EQ(RateSequence(500, 0, 0).high, 1);
  EXPECT_EQ(RateSequence(500, 471, 500).low, 471.0 / 500);
  EXPECT_EQ(RateSequence(500, 471, 500).high, 471.0 / 500);
}

TEST(RateSequenceTest, IsWiderThanAFixedInterval) {
  const Interval sequence = RateSequence(100'000, 90, 100);
  const Interval fixed = WilsonInterval(90, 100);
  EXPECT_LT(sequence.low, fixed.low);
  EXPECT_GT(sequence.high, fixed.high);
  EXPECT_LT(sequence.high - sequence.low, 2 * (fixed.high - fixed.low));
}

// Ten tasks from hard to easy; intervals are looked at after every single episode of 10,000 runs. A
// fixed interval that is looked at as often misses the rate in more than a third of the runs.
TEST(RateSequenceTest, AllIntervalsOfARunHoldTheRate) {
  constexpr int kNumRuns = 10'000;
  constexpr int kNumPlanned = 100;
  std::vector<bool> outcomes(kNumPlanned);
  int num_successes_planned = 0;
  for (int i = 0; i < kNumPlanned; ++i) {
    outcomes[static_cast<size_t>(i)] = i % 10 < i / 10;  // task i / 10
    num_successes_planned += i % 10 < i / 10 ? 1 : 0;
  }
  const double rate = static_cast<double>(num_successes_planned) / kNumPlanned;

  // whether the intervals after so many episodes with so many successes hold the rate
  std::vector<std::vector<bool>> holds(kNumPlanned + 1);
  std::vector<std::vector<bool>> fixed_holds(kNumPlanned + 1);
  for (int n = 0; n <= kNumPlanned; ++n) {
    for (int k = 0; k <= n; ++k) {
      const Interval interval = RateSequence(kNumPlanned, k, n);
      const Interval fixed = WilsonInterval(k, n);
      holds[static_cast<size_t>(n)].push_back(interval.low <= rate && rate <= interval.high);
      fixed_holds[static_cast<size_t>(n)].push_back(fixed.low <= rate && rate <= fixed.high);
    }
  }
  int num_missed = 0;
  int num_fixed_missed = 0;
  for (uint32_t run = 0; run < kNumRuns; ++run) {
    size_t num_ended = 0;
    size_t num_successes = 0;
    bool all_hold = true;
    bool all_fixed_hold = true;
    for (const int place : RandomOrder(kNumPlanned, run)) {
      num_successes += outcomes[static_cast<size_t>(place)] ? 1 : 0;
      ++num_ended;
      all_hold = all_hold && holds[num_ended][num_successes];
      all_fixed_hold = all_fixed_hold && fixed_holds[num_ended][num_successes];
    }
    num_missed += all_hold ? 0 : 1;
    num_fixed_missed += all_fixed_hold ? 0 : 1;
  }
  EXPECT_LE(num_missed, 0.05 * kNumRuns);
  EXPECT_GT(num_fixed_missed, 0.2 * kNumRuns);
}

TEST(EvidenceOfBetterTest, GrowsWithEpisodesThatOnlyASolves) {
  constexpr double kRounding = 1e-9;
  EXPECT_NEAR(EvidenceOfBetter(0, 0), 1, kRounding);
  EXPECT_NEAR(EvidenceOfBetter(1, 0), 1.5, kRounding) << "4 ∫ θ dθ over [1/2, 1]";
  EXPECT_NEAR(EvidenceOfBetter(0, 1), 0.5, kRounding);
  EXPECT_GT(EvidenceOfBetter(8, 0), kDecisiveEvidence);
  EXPECT_LT(EvidenceOfBetter(5, 0), kDecisiveEvidence);
  EXPECT_GT(EvidenceOfBetter(900, 700), kDecisiveEvidence) << "long runs stay in range";
}

// Each next episode of two equally good policies multiplies it by 1 on average.
TEST(EvidenceOfBetterTest, IsAMartingale) {
  constexpr double kRounding = 1e-9;
  for (int a = 0; a < 40; ++a) {
    for (int b = 0; b < 40; ++b) {
      const double next = (EvidenceOfBetter(a + 1, b) + EvidenceOfBetter(a, b + 1)) / 2;
      EXPECT_NEAR(next / EvidenceOfBetter(a, b), 1, kRounding) << a << " " << b;
    }
  }
}

// 10,000 runs of 300 episodes that one of two policies solves, looked at after each of them.
TEST(EvidenceOfBetterTest, KeepsItsErrorRateHoweverOftenItIsLookedAt) {
  constexpr int kNumRuns = 10'000;
  constexpr int kLength = 300;
  std::vector<std::vector<bool>> is_decisive(kLength + 1);  // by length, then A's
  for (int length = 0; length <= kLength; ++length) {
    for (int a = 0; a <= length; ++a) {
      is_decisive[static_cast<size_t>(length)].push_back(EvidenceOfBetter(a, length - a) >=
                                                         kDecisiveEvidence);
    }
  }
  for (const double probability : {0.5, 0.65}) {
    CounterRandom random("error rate at " + std::to_string(probability));
    int num_decided = 0;
    for (int run = 0; run < kNumRuns; ++run) {
      size_t a = 0;
      for (size_t length = 1; length <= kLength; ++length) {
        a += random.Uniform(0, 1) < probability ? 1 : 0;
        if (!is_decisive[length][a]) continue;
        ++num_decided;
        break;
      }
    }
    if (probability == 0.5) {
      EXPECT_LE(num_decided, 0.05 * kNumRuns);
      EXPECT_GE(num_decided, 0.01 * kNumRuns);
    } else {
      EXPECT_GE(num_decided, 0.95 * kNumRuns) << "a real difference is found";
    }
  }
}

TEST(RandomOrderTest, HoldsEachNumberOnce) {
  const std::vector<int> order = RandomOrder(50, 3);
  EXPECT_EQ(std::set<int>(order.begin(), order.end()).size(), 50u);
  EXPECT_EQ(RandomOrder(50, 3), order);
  EXPECT_NE(RandomOrder(50, 4), order);
}

}  // namespace
}  // namespace libero
