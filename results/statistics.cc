#include "results/statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "sim/base/check.h"
#include "sim/base/counter_random.h"

namespace libero {
namespace {

// What names an episode, and a task.
using Key = std::tuple<std::string, int, int, int, uint32_t>;
using TaskKey = std::pair<std::string, int>;

Key KeyOf(const EpisodeSpec& spec) {
  return {spec.suite, spec.task_index, spec.init_index, spec.reset_index, spec.seed};
}

// Episodes as they are counted, one by one.
struct Counting {
  OutcomeCounts counts;
  std::vector<double> steps;  // of successes
  ProgressSummary progress;   // sums

  void Add(const EpisodeResult* result) {
    ++counts.num_planned;
    if (result != nullptr && result->error.empty()) AddProgress(result->progress);
    if (result == nullptr) {
      ++counts.num_missing;
    } else if (!result->error.empty()) {
      ++counts.num_errors;
    } else if (result->end == EpisodeEnd::kSuccess) {
      ++counts.num_successes;
      steps.push_back(result->steps);
    } else if (result->end == EpisodeEnd::kDiverged) {
      ++counts.num_diverged;
    } else {
      ++counts.num_timeouts;
    }
  }

  void AddProgress(const GoalProgress& goal) {
    if (goal.num_predicates == 0) return;
    ++progress.num_episodes;
    progress.best += static_cast<double>(goal.best) / goal.num_predicates;
    progress.end += static_cast<double>(goal.end) / goal.num_predicates;
  }
};

StepsSummary Summarize(std::vector<double>& steps) {
  if (steps.empty()) return {};
  std::ranges::sort(steps);
  const auto num = static_cast<double>(steps.size());
  return {.num_episodes = static_cast<int>(steps.size()),
          .min = steps.front(),
          .lower_quartile = Quantile(steps, 0.25),
          .median = Quantile(steps, 0.5),
          .upper_quartile = Quantile(steps, 0.75),
          .max = steps.back(),
          .mean = std::accumulate(steps.begin(), steps.end(), 0.0) / num};
}

RateStatistics Finish(Counting& counting, IntervalMethod method) {
  const OutcomeCounts& counts = counting.counts;
  RateStatistics statistics = {.counts = counts, .steps = Summarize(counting.steps)};
  statistics.progress = counting.progress;
  if (counting.progress.num_episodes > 0) {
    statistics.progress.best /= counting.progress.num_episodes;
    statistics.progress.end /= counting.progress.num_episodes;
  }
  const int num_ended = counts.num_ended();
  if (num_ended > 0) statistics.rate = static_cast<double>(counts.num_successes) / num_ended;
  statistics.interval = BinomialInterval(method, counts.num_successes, num_ended);
  if (counts.num_planned > 0) {
    const double num_planned = counts.num_planned;
    const int num_open = counts.num_planned - num_ended;
    statistics.if_all_ended = {counts.num_successes / num_planned,
                               (counts.num_successes + num_open) / num_planned};
  }
  return statistics;
}

std::vector<SuccessPoint> MakeCurve(const std::vector<double>& sorted_steps) {
  std::vector<SuccessPoint> curve;
  int num_successes = 0;
  for (const double value : sorted_steps) {
    const int step = static_cast<int>(value);
    ++num_successes;
    if (curve.empty() || curve.back().step != step) curve.push_back({.step = step});
    curve.back().num_successes = num_successes;
  }
  return curve;
}

}  // namespace

RunStatistics ComputeStatistics(std::span<const EpisodeSpec> planned,
                                std::span<const EpisodeRecord> records, IntervalMethod method) {
  std::map<Key, const EpisodeResult*> results;
  for (const EpisodeRecord& record : records) results[KeyOf(record.result.spec)] = &record.result;

  // count
  std::vector<TaskKey> tasks;
  std::map<TaskKey, Counting> by_task;
  Counting all;
  for (const EpisodeSpec& spec : planned) {
    const auto found = results.find(KeyOf(spec));
    const EpisodeResult* result = found == results.end() ? nullptr : found->second;
    const TaskKey key = {spec.suite, spec.task_index};
    if (!by_task.contains(key)) tasks.push_back(key);
    by_task[key].Add(result);
    all.Add(result);
  }

  // estimate
  RunStatistics statistics = {.method = method, .overall = Finish(all, method)};
  std::vector<TaskCount> counts;
  for (const TaskKey& key : tasks) {
    const RateStatistics task = Finish(by_task[key], method);
    statistics.tasks.push_back({.suite = key.first, .task_index = key.second, .statistics = task});
    if (task.rate) counts.push_back({task.counts.num_successes, task.counts.num_ended()});
  }
  if (counts.size() > 1) statistics.over_tasks = BootstrapOverTasks(counts);
  statistics.curve = MakeCurve(all.steps);
  return statistics;
}

double Quantile(std::span<const double> sorted, double q) {
  LIBERO_CHECK(!sorted.empty() && q >= 0 && q <= 1);
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(std::floor(place));
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Interval BootstrapOverTasks(std::span<const TaskCount> tasks) {
  LIBERO_CHECK(!tasks.empty());
  CounterRandom random("bootstrap over tasks");
  std::vector<double> rates;
  rates.reserve(kNumResamples);
  for (int resample = 0; resample < kNumResamples; ++resample) {
    int num_successes = 0;
    int num_ended = 0;
    for (size_t draw = 0; draw < tasks.size(); ++draw) {
      const double place = random.Uniform(0, static_cast<double>(tasks.size()));
      const TaskCount& task = tasks[static_cast<size_t>(place)];
      num_successes += task.num_successes;
      num_ended += task.num_ended;
    }
    rates.push_back(static_cast<double>(num_successes) / num_ended);
  }
  std::ranges::sort(rates);
  constexpr double kTail = (1 - kConfidence) / 2;
  return {Quantile(rates, kTail), Quantile(rates, 1 - kTail)};
}

}  // namespace libero
