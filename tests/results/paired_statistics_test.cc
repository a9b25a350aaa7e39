#include "results/paired_statistics.h"

#include <cmath>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/counter_random.h"

namespace libero {
namespace {

TEST(PairCountsTest, CountsWhoSucceeded) {
  PairCounts counts;
  counts.Add(true, true);
  counts.Add(true, false);
  counts.Add(false, true);
  counts.Add(false, true);
  counts.Add(false, false);
  EXPECT_EQ(counts.num_pairs(), 5);
  EXPECT_EQ(counts.num_only_b, 2);
  EXPECT_DOUBLE_EQ(counts.difference(), 0.2);
  EXPECT_EQ(PairCounts{}.difference(), 0);
}

TEST(McNemarTestTest, EqualsSciPy) {
  constexpr double kRounding = 1e-12;
  std::ifstream file(LIBERO_GOLDEN_DIR "/statistics.txt");
  int num_compared = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    PairCounts counts = {.num_both = 7};
    double p = 0;
    words >> name >> counts.num_only_a >> counts.num_only_b >> p;
    if (name != "mcnemar") continue;
    EXPECT_NEAR(McNemarTest(counts), p, kRounding) << line;
    ++num_compared;
  }
  EXPECT_EQ(num_compared, 9);
}

// Two policies that are equally good are told apart in at most one evaluation of twenty.
TEST(McNemarTestTest, KeepsItsLevel) {
  constexpr int kNumRuns = 10'000;
  CounterRandom random("level of McNemar's test");
  int num_rejected = 0;
  for (int run = 0; run < kNumRuns; ++run) {
    PairCounts counts;
    for (int pair = 0; pair < 100; ++pair) {
      const double place = random.Uniform(0, 1);
      counts.Add(place < 0.7, place < 0.55 || place >= 0.85);
    }
    num_rejected += McNemarTest(counts) <= 0.05 ? 1 : 0;
  }
  EXPECT_LE(num_rejected, 0.05 * kNumRuns + 3 * std::sqrt(0.05 * 0.95 * kNumRuns));
  EXPECT_GE(num_rejected, 0.02 * kNumRuns) << "it is discrete, but not blind";
}

// The mean and spread of a difference are known: d and sqrt((b + c) / n - d²) / sqrt(n).
TEST(BootstrapDifferenceTest, IsAsWideAsTheNormalOne) {
  constexpr double kNoise = 0.004;  // of a quantile, and of steps of 1/500
  const PairCounts counts = {
      .num_both = 400, .num_only_a = 30, .num_only_b = 50, .num_neither = 20};
  const Interval interval = BootstrapDifference(counts);
  const double reach = 1.96 * std::sqrt((80 / 500.0 - 0.04 * 0.04) / 500);
  EXPECT_NEAR(interval.low, 0.04 - reach, kNoise);
  EXPECT_NEAR(interval.high, 0.04 + reach, kNoise);
  EXPECT_EQ(BootstrapDifference(counts).low, interval.low) << "the same again";
}

TEST(BootstrapDifferenceTest, TasksThatDisagreeMakeItWide) {
  const std::vector<PairCounts> tasks = {{.num_only_a = 50}, {.num_only_b = 50}};
  const Interval interval = BootstrapDifferenceOverTasks(tasks);
  EXPECT_EQ(interval.low, -1);
  EXPECT_EQ(interval.high, 1);
  EXPECT_LT(BootstrapDifference({.num_only_a = 50, .num_only_b = 50}).high, 0.25);
}

TEST(PairsNeededTest, FindTheDifferenceInFourOfFive) {
  constexpr int kNumRuns = 4000;
  const PairCounts counts = {.num_both = 70, .num_only_a = 8, .num_only_b = 18, .num_neither = 4};
  const int num_pairs = PairsNeeded(counts).value();
  EXPECT_GT(num_pairs, counts.num_pairs());
  CounterRandom random("power of McNemar's test");
  int num_found = 0;
  for (int run = 0; run < kNumRuns; ++run) {
    PairCounts drawn;
    for (int pair = 0; pair < num_pairs; ++pair) {
      const double place = random.Uniform(0, 1);
      drawn.Add(place < 0.08, place >= 0.08 && place < 0.26);
    }
    num_found += McNemarTest(drawn) <= 0.05 ? 1 : 0;
  }
  // the exact test finds somewhat less than the normal one that the number is for
  EXPECT_NEAR(static_cast<double>(num_found) / kNumRuns, 0.78, 0.04);
  EXPECT_EQ(PairsNeeded({.num_both = 5, .num_only_a = 2, .num_only_b = 2}), std::nullopt);
}

// The example of R's p.adjust: the smallest times three, and none below one that is smaller.
TEST(HolmAdjustedTest, StepsThroughTheTests) {
  const std::vector<double> p = {0.03, 0.01, 0.02, 0.9};
  EXPECT_THAT(HolmAdjusted(p),
              testing::ElementsAre(testing::DoubleEq(0.06), testing::DoubleEq(0.04),
                                   testing::DoubleEq(0.06), testing::DoubleEq(0.9)));
}

}  // namespace
}  // namespace libero
