#include "results/sequential_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/counter_random.h"

#include <boost/math/special_functions/beta.hpp>

namespace libero {
namespace {

// Of n over k.
double LogBinomial(int n, int k) {
  return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
}

}  // namespace

Interval RateSequence(int num_planned, int num_successes, int num_ended, double confidence) {
  LIBERO_CHECK(0 <= num_successes && num_successes <= num_ended && num_ended <= num_planned);
  if (num_planned == 0) return {};
  // posterior over prior of each number of successes in the plan; the posterior is hypergeometric
  const double log_level = std::log(1 - confidence);
  const double log_scale =
      std::log(num_planned + 1.0) - LogBinomial(num_planned + 1, num_ended + 1);
  const int highest = num_planned - (num_ended - num_successes);
  int low = highest;
  int high = num_successes;
  for (int total = num_successes; total <= highest; ++total) {
    const double log_ratio = log_scale + LogBinomial(total, num_successes) +
                             LogBinomial(num_planned - total, num_ended - num_successes);
    if (log_ratio <= log_level) continue;
    low = std::min(low, total);
    high = std::max(high, total);
  }
  return {static_cast<double>(low) / num_planned, static_cast<double>(high) / num_planned};
}

double EvidenceOfBetter(int num_only_a, int num_only_b) {
  LIBERO_CHECK(num_only_a >= 0 && num_only_b >= 0);
  const double a = num_only_a + 1.0;
  const double b = num_only_b + 1.0;
  // 2 ∫ (2θ)^a (2 - 2θ)^b dθ over [1/2, 1]
  const double log_beta = std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
  const double share = boost::math::ibetac(a, b, 0.5);
  return std::exp((num_only_a + num_only_b + 1) * std::log(2.0) + log_beta) * share;
}

std::vector<int> RandomOrder(int num, uint32_t seed) {
  std::vector<int> order(static_cast<size_t>(num));
  std::iota(order.begin(), order.end(), 0);
  CounterRandom random(fmt::format("order of episodes, seed {}", seed));
  for (size_t left = order.size(); left > 1; --left) {
    const auto place = static_cast<size_t>(random.Uniform(0, static_cast<double>(left)));
    std::swap(order[place], order[left - 1]);
  }
  return order;
}

}  // namespace libero
