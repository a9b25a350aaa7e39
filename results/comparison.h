#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/paired_statistics.h"
#include "results/run_data.h"

namespace libero {

// Two runs, A and B, episode by episode.
struct Comparison {
  PairCounts counts;  // of episodes with the same suite, task, init state, reset and seed
  struct TaskCounts {
    RunTask task;
    PairCounts counts;
  };
  std::vector<TaskCounts> tasks;  // those with pairs, in A's order
  int num_unpaired_a = 0;         // planned episodes of A without a partner, or not ended in both
  int num_unpaired_b = 0;

  double p_value = 1;                  // McNemar's
  Interval difference;                 // of B's rate less A's, from -1 to 1: bootstrap
  std::optional<Interval> over_tasks;  // the same over tasks; none for fewer than two
  std::optional<int> pairs_needed;     // see PairsNeeded
};

// Pairs up two runs. Throws Error if they have no episode in common that ended in both.
[[nodiscard]] Comparison Compare(const RunData& a, const RunData& b);

// What differs between two runs beside the policy, "field: A → B". `of_protocol`: what makes
// episodes with the same name different ones: protocol, physics and init states. `others`: what may
// change results a little: renderer, MuJoCo, kernels, processor.
struct RunDifferences {
  std::vector<std::string> of_protocol;
  std::vector<std::string> others;
};
[[nodiscard]] RunDifferences FindDifferences(const RunData& a, const RunData& b);

}  // namespace libero
