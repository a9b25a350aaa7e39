#include "sim/base/binomial_interval.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/base/counter_random.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// A bound is as far from the rate as a sample's rate at that probability may well be.
TEST(BinomialIntervalTest, WilsonBoundsAreWhereTheRateIsJustPlausible) {
  constexpr double kZ = 1.959964;
  constexpr double kRounding = 1e-6;  // of z
  for (const int num_successes : {1, 7, 45, 49}) {
    const Interval bounds = WilsonInterval(num_successes, 50);
    const double rate = num_successes / 50.0;
    EXPECT_NEAR(rate - bounds.low, kZ * std::sqrt(bounds.low * (1 - bounds.low) / 50), kRounding);
    EXPECT_NEAR(bounds.high - rate, kZ * std::sqrt(bounds.high * (1 - bounds.high) / 50),
                kRounding);
  }
}

TEST(BinomialIntervalTest, EqualsSciPy) {
  constexpr double kRounding = 1e-12;  // two libraries' inverse incomplete beta functions
  std::ifstream file(LIBERO_GOLDEN_DIR "/statistics.txt");
  int num_compared = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    double confidence = 0;
    int num_successes = 0;
    int num_trials = 0;
    Interval expected;
    words >> name;
    if (name != "wilson" && name != "clopper-pearson" && name != "jeffreys") continue;
    words >> confidence >> num_successes >> num_trials >> expected.low >> expected.high;
    const Interval interval =
        BinomialInterval(FindIntervalMethod(name), num_successes, num_trials, confidence);
    EXPECT_NEAR(interval.low, expected.low, kRounding) << line;
    EXPECT_NEAR(interval.high, expected.high, kRounding) << line;
    ++num_compared;
  }
  EXPECT_EQ(num_compared, 192);
}

class EveryMethodTest : public testing::TestWithParam<IntervalMethod> {};

TEST_P(EveryMethodTest, StaysBetweenNoneAndAll) {
  EXPECT_EQ(BinomialInterval(GetParam(), 0, 10).low, 0);
  EXPECT_EQ(BinomialInterval(GetParam(), 10, 10).high, 1);
  EXPECT_EQ(BinomialInterval(GetParam(), 0, 0).low, 0);
  EXPECT_EQ(BinomialInterval(GetParam(), 0, 0).high, 1);
}

TEST_P(EveryMethodTest, IsTheSameFromTheOtherSide) {
  constexpr double kRounding = 1e-14;
  EXPECT_NEAR(BinomialInterval(GetParam(), 3, 20).low,
              1 - BinomialInterval(GetParam(), 17, 20).high, kRounding);
}

constexpr int kNumTrials = 50;

// How often an interval of 50 trials holds their rate: simulated, and summed over all outcomes.
struct Coverage {
  double simulated = 0;
  double exact = 0;
};

Coverage MeasureCoverage(IntervalMethod method, double rate, int num_runs) {
  std::vector<bool> holds;
  for (int num_successes = 0; num_successes <= kNumTrials; ++num_successes) {
    const Interval interval = BinomialInterval(method, num_successes, kNumTrials);
    holds.push_back(interval.low <= rate && rate <= interval.high);
  }
  Coverage coverage;
  double probability = std::pow(1 - rate, kNumTrials);  // of this many successes
  for (size_t num_successes = 0; num_successes < holds.size(); ++num_successes) {
    if (holds[num_successes]) coverage.exact += probability;
    const auto k = static_cast<double>(num_successes);
    probability *= (kNumTrials - k) / (k + 1) * rate / (1 - rate);
  }
  CounterRandom random("coverage " + std::to_string(rate));
  int num_held = 0;
  for (int run = 0; run < num_runs; ++run) {
    size_t num_successes = 0;
    for (int trial = 0; trial < kNumTrials; ++trial) num_successes += random.Uniform(0, 1) < rate;
    num_held += holds[num_successes] ? 1 : 0;
  }
  coverage.simulated = num_runs == 0 ? 0 : static_cast<double>(num_held) / num_runs;
  return coverage;
}

// Clopper-Pearson's intervals hold the rate never less often than in 95 of 100 evaluations, the
// others as often on average over the rates; near 0 and 1 it may be less (Brown et al., fig. 5).
TEST_P(EveryMethodTest, HoldsTheRateAsOftenAsItSays) {
  constexpr int kNumRates = 199;
  constexpr double kLowest = 0.83;
  constexpr double kOnAverage = 0.01;
  const bool is_exact = GetParam() == IntervalMethod::kClopperPearson;
  double sum = 0;
  for (int i = 1; i <= kNumRates; ++i) {
    const double rate = static_cast<double>(i) / (kNumRates + 1);
    const double exact = MeasureCoverage(GetParam(), rate, 0).exact;
    EXPECT_GE(exact, is_exact ? kConfidence : kLowest) << "at " << rate;
    sum += exact;
  }
  if (!is_exact) {
    EXPECT_NEAR(sum / kNumRates, kConfidence, kOnAverage);
  }
}

TEST_P(EveryMethodTest, CoversInSimulatedEvaluationsAsOftenAsItShould) {
  constexpr int kNumRuns = 10'000;
  for (const double rate : {0.05, 0.37, 0.5, 0.81, 0.95, 0.985}) {
    const Coverage coverage = MeasureCoverage(GetParam(), rate, kNumRuns);
    const double noise = 4 * std::sqrt(coverage.exact * (1 - coverage.exact) / kNumRuns);
    EXPECT_NEAR(coverage.simulated, coverage.exact, noise) << "at " << rate;
  }
}

INSTANTIATE_TEST_SUITE_P(BinomialIntervals, EveryMethodTest,
                         testing::Values(IntervalMethod::kWilson, IntervalMethod::kClopperPearson,
                                         IntervalMethod::kJeffreys));

TEST(BinomialIntervalTest, NamesTheNearestMethod) {
  EXPECT_THAT([] { (void)FindIntervalMethod("jeffrey"); },
              ThrowsMessage<Error>(HasSubstr("unknown interval 'jeffrey'\n  hint: did you mean "
                                             "'jeffreys'? known intervals: wilson, clopper-")));
}

}  // namespace
}  // namespace libero
