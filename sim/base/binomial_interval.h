#pragma once

#include <string>
#include <string_view>

namespace libero {

// Part of the line from 0 to 1.
struct Interval {
  double low = 0;
  double high = 1;
};

// How to find an interval for the rate behind some successes. All are two-sided.
enum class IntervalMethod {
  kWilson,          // score test turned round: covers the rate as often as it says, on average
  kClopperPearson,  // exact test turned round: never less often than it says, so it is wide
  kJeffreys,        // quantiles of the posterior from the prior beta(1/2, 1/2)
};

inline constexpr double kConfidence = 0.95;

// Where the rate of which `num_trials` are a sample lies at this confidence; [0, 1] without trials.
// The low end is 0 without successes, the high end 1 without failures. source: Brown, Cai and
// DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16 (2001)
[[nodiscard]] Interval BinomialInterval(IntervalMethod method, int num_successes, int num_trials,
                                        double confidence = kConfidence);

[[nodiscard]] inline Interval WilsonInterval(int num_successes, int num_trials) {
  return BinomialInterval(IntervalMethod::kWilson, num_successes, num_trials);
}

// "wilson", "clopper-pearson", "jeffreys".
[[nodiscard]] std::string Name(IntervalMethod method);

// Throws Error that names the nearest method and lists all.
[[nodiscard]] IntervalMethod FindIntervalMethod(std::string_view name);

}  // namespace libero
