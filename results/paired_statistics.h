#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/base/binomial_interval.h"

namespace libero {

// Episodes that two policies, A and B, both went through, by who succeeded.
struct PairCounts {
  int num_both = 0;
  int num_only_a = 0;
  int num_only_b = 0;
  int num_neither = 0;

  void Add(bool a_succeeds, bool b_succeeds);
  [[nodiscard]] int num_pairs() const { return num_both + num_only_a + num_only_b + num_neither; }

  // B's rate less A's, from -1 to 1; 0 without pairs.
  [[nodiscard]] double difference() const;
};

// The exact McNemar test, two-sided: how probable it is that episodes that only one of the two
// solves fall apart at least as unevenly, if either is as likely to be the one. 1 without such
// episodes. source: McNemar, Psychometrika 12 (1947); scipy.stats.binomtest has the same values
[[nodiscard]] double McNemarTest(const PairCounts& counts);

// The central 95 % of the differences of 10,000 samples of as many pairs, drawn from these with
// replacement. The same counts give the same interval. Requires pairs.
[[nodiscard]] Interval BootstrapDifference(const PairCounts& counts);

// The same, drawing tasks with all of their pairs: what other tasks of this kind might have shown.
[[nodiscard]] Interval BootstrapDifferenceOverTasks(std::span<const PairCounts> tasks);

// Pairs that McNemar's test needs to find a difference of this size in four evaluations of five, at
// a level of 5 %, if episodes fall apart as they do here; none for no difference. source: Connor,
// "Sample size for testing differences in proportions for the paired-sample design", Biometrics 43
// (1987)
[[nodiscard]] std::optional<int> PairsNeeded(const PairCounts& counts);

// p-values of several tests made comparable with a level for all of them together, in their order.
// source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
// Statistics 6 (1979)
[[nodiscard]] std::vector<double> HolmAdjusted(std::span<const double> p_values);

}  // namespace libero
