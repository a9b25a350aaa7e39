#include "sim/base/binomial_interval.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/suggest.h"

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/normal.hpp>

namespace libero {
namespace {

constexpr std::array kMethods = {IntervalMethod::kWilson, IntervalMethod::kClopperPearson,
                                 IntervalMethod::kJeffreys};

double BetaQuantile(double alpha, double beta, double probability) {
  return quantile(boost::math::beta_distribution<>(alpha, beta), probability);
}

Interval Wilson(double successes, double n, double tail) {
  const double z = quantile(boost::math::normal_distribution<>(), 1 - tail);
  const double p = successes / n;
  const double z2 = z * z;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double reach = z * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {middle - reach, middle + reach};
}

// `prior`: 1/2 for Jeffreys' quantiles, 0 for the exact ones, which take a trial from either side.
Interval Beta(double successes, double failures, double prior, double tail) {
  Interval interval;
  if (successes > 0) interval.low = BetaQuantile(successes + prior, failures + 1 - prior, tail);
  if (failures > 0) interval.high = BetaQuantile(successes + 1 - prior, failures + prior, 1 - tail);
  return interval;
}

}  // namespace

Interval BinomialInterval(IntervalMethod method, int num_successes, int num_trials,
                          double confidence) {
  LIBERO_CHECK(num_successes >= 0 && num_successes <= num_trials);
  LIBERO_CHECK(confidence > 0 && confidence < 1);
  if (num_trials == 0) return {};
  const double tail = (1 - confidence) / 2;
  Interval interval;
  if (method == IntervalMethod::kWilson) {
    interval = Wilson(num_successes, num_trials, tail);
  } else {
    const bool is_exact = method == IntervalMethod::kClopperPearson;
    interval = Beta(num_successes, num_trials - num_successes, is_exact ? 0 : 0.5, tail);
  }
  // exact where rounding would not be
  if (num_successes == 0) interval.low = 0;
  if (num_successes == num_trials) interval.high = 1;
  return interval;
}

std::string Name(IntervalMethod method) {
  switch (method) {
    case IntervalMethod::kWilson:
      return "wilson";
    case IntervalMethod::kClopperPearson:
      return "clopper-pearson";
    case IntervalMethod::kJeffreys:
      return "jeffreys";
  }
  return "";
}

IntervalMethod FindIntervalMethod(std::string_view name) {
  std::vector<std::string> names;
  for (const IntervalMethod method : kMethods) {
    if (Name(method) == name) return method;
    names.push_back(Name(method));
  }
  const std::string suggestion = DidYouMean(name, names);
  throw Error(fmt::format("unknown interval '{}'", name),
              fmt::format("{}{}known intervals: {}", suggestion, suggestion.empty() ? "" : " ",
                          fmt::join(names, ", ")));
}

}  // namespace libero
