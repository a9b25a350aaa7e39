#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/base/binomial_interval.h"
#include "tasks/episode.h"
#include "tasks/episode_log.h"

namespace libero {

// Planned episodes by what became of them.
struct OutcomeCounts {
  int num_planned = 0;
  int num_successes = 0;
  int num_timeouts = 0;
  int num_diverged = 0;
  int num_errors = 0;   // could not be run to their end: no failures, but no results either
  int num_missing = 0;  // not run yet

  [[nodiscard]] int num_ended() const { return num_successes + num_timeouts + num_diverged; }
  [[nodiscard]] bool is_complete() const { return num_ended() == num_planned; }
};

// How many actions the successful episodes took.
struct StepsSummary {
  int num_episodes = 0;  // the rest is 0 without any
  double min = 0;
  double lower_quartile = 0;
  double median = 0;
  double upper_quartile = 0;
  double max = 0;
  double mean = 0;
};

// Sub-goals that were reached: the share of a goal's predicates that held, mean over the episodes
// that ended and tell of it.
struct ProgressSummary {
  int num_episodes = 0;  // the rest is 0 without any
  double best = 0;       // after the action that had most of them hold
  double end = 0;        // after the last action
};

// The success rate of a task, a suite or several.
struct RateStatistics {
  OutcomeCounts counts;
  std::optional<double> rate;  // of the episodes that ended, 0 to 1; none if there are none
  Interval interval;           // of the rate
  Interval if_all_ended;       // the rates that are left if the other episodes fail or succeed
  StepsSummary steps;
  ProgressSummary progress;
};

struct TaskStatistics {
  std::string suite;
  int task_index = 0;
  RateStatistics statistics;
};

// So many episodes had succeeded after so many steps.
struct SuccessPoint {
  int step = 0;
  int num_successes = 0;
};

struct RunStatistics {
  IntervalMethod method = IntervalMethod::kWilson;
  std::vector<TaskStatistics> tasks;  // in the order of the plan
  RateStatistics overall;             // of all episodes together, as if they were of one kind

  // What the overall rate might have been with other tasks of the same kind: task-level bootstrap.
  // None for fewer than two tasks with episodes.
  std::optional<Interval> over_tasks;

  std::vector<SuccessPoint> curve;  // a point for each step at which episodes succeeded
};

// What became of the planned episodes. A record counts for the episode with its suite, task,
// init and reset index and seed, the last one if there are several; records of other episodes are
// left out.
[[nodiscard]] RunStatistics ComputeStatistics(std::span<const EpisodeSpec> planned,
                                              std::span<const EpisodeRecord> records,
                                              IntervalMethod method);

// The `q` quantile, 0 to 1, of at least one sorted value; between two values on the line from one
// to the other, as numpy has it.
[[nodiscard]] double Quantile(std::span<const double> sorted, double q);

// Successes among a task's ended episodes.
struct TaskCount {
  int num_successes = 0;
  int num_ended = 0;
};

// The central 95 % of the rates of `kNumResamples` samples that draw as many tasks as there are,
// with replacement, each with all of its episodes. The same counts give the same interval.
inline constexpr int kNumResamples = 10'000;
[[nodiscard]] Interval BootstrapOverTasks(std::span<const TaskCount> tasks);

}  // namespace libero
