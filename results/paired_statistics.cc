#include "results/paired_statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "results/statistics.h"
#include "sim/base/check.h"
#include "sim/base/counter_random.h"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>

namespace libero {
namespace {

constexpr double kLevel = 1 - kConfidence;
constexpr double kPower = 0.8;

Interval Central(std::vector<double>& values) {
  std::ranges::sort(values);
  return {Quantile(values, kLevel / 2), Quantile(values, 1 - kLevel / 2)};
}

}  // namespace

void PairCounts::Add(bool a_succeeds, bool b_succeeds) {
  if (a_succeeds) {
    ++(b_succeeds ? num_both : num_only_a);
  } else {
    ++(b_succeeds ? num_only_b : num_neither);
  }
}

double PairCounts::difference() const {
  if (num_pairs() == 0) return 0;
  return static_cast<double>(num_only_b - num_only_a) / num_pairs();
}

double McNemarTest(const PairCounts& counts) {
  const int num_discordant = counts.num_only_a + counts.num_only_b;
  if (num_discordant == 0) return 1;
  const boost::math::binomial_distribution<> fair(num_discordant, 0.5);
  return std::min(1.0, 2 * cdf(fair, std::min(counts.num_only_a, counts.num_only_b)));
}

Interval BootstrapDifference(const PairCounts& counts) {
  LIBERO_CHECK(counts.num_pairs() > 0);
  CounterRandom random("bootstrap of a difference");
  const int num_pairs = counts.num_pairs();
  std::vector<double> differences;
  differences.reserve(kNumResamples);
  for (int resample = 0; resample < kNumResamples; ++resample) {
    int sum = 0;
    for (int draw = 0; draw < num_pairs; ++draw) {
      const auto place = static_cast<int>(random.Uniform(0, num_pairs));
      if (place < counts.num_only_a) {
        --sum;
      } else if (place < counts.num_only_a + counts.num_only_b) {
        ++sum;
      }
    }
    differences.push_back(static_cast<double>(sum) / num_pairs);
  }
  return Central(differences);
}

Interval BootstrapDifferenceOverTasks(std::span<const PairCounts> tasks) {
  LIBERO_CHECK(!tasks.empty());
  CounterRandom random("bootstrap of a difference over tasks");
  std::vector<double> differences;
  differences.reserve(kNumResamples);
  for (int resample = 0; resample < kNumResamples; ++resample) {
    int sum = 0;
    int num_pairs = 0;
    for (size_t draw = 0; draw < tasks.size(); ++draw) {
      const double place = random.Uniform(0, static_cast<double>(tasks.size()));
      const PairCounts& task = tasks[static_cast<size_t>(place)];
      sum += task.num_only_b - task.num_only_a;
      num_pairs += task.num_pairs();
    }
    LIBERO_CHECK(num_pairs > 0);
    differences.push_back(static_cast<double>(sum) / num_pairs);
  }
  return Central(differences);
}

std::optional<int> PairsNeeded(const PairCounts& counts) {
  const double difference = counts.difference();
  if (difference == 0) return std::nullopt;
  const double discordant =
      static_cast<double>(counts.num_only_a + counts.num_only_b) / counts.num_pairs();
  const boost::math::normal_distribution<> normal;
  const double squared = difference * difference;
  const double reach = quantile(normal, 1 - kLevel / 2) * std::sqrt(discordant) +
                       quantile(normal, kPower) * std::sqrt(discordant - squared);
  return static_cast<int>(std::ceil(reach * reach / squared));
}

std::vector<double> HolmAdjusted(std::span<const double> p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return p_values[i]; });
  std::vector<double> adjusted(p_values.size());
  double highest = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const auto num_left = static_cast<double>(order.size() - rank);
    highest = std::max(highest, std::min(1.0, num_left * p_values[order[rank]]));
    adjusted[order[rank]] = highest;
  }
  return adjusted;
}

}  // namespace libero
