#include "results/report_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "results/published_results.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

std::string Number(double value) {
  return fmt::format("{:.6g}", value);
}

Row RateRow(Row row, const RateStatistics& statistics) {
  const OutcomeCounts& counts = statistics.counts;
  for (const int count : {counts.num_planned, counts.num_successes, counts.num_timeouts,
                          counts.num_diverged, counts.num_errors, counts.num_missing}) {
    row.push_back(std::to_string(count));
  }
  row.push_back(Percent(statistics.rate));
  row.push_back(statistics.rate ? PercentRange(statistics.interval) : "–");
  return row;
}

void AddRateColumns(TextTable& table) {
  for (const char* name : {"episodes", "successes", "timeouts", "diverged", "errors", "missing",
                           "success rate", "95 % interval"}) {
    table.columns.push_back({name, true});
  }
}

Row StepsRow(Row row, const StepsSummary& steps) {
  row.push_back(std::to_string(steps.num_episodes));
  for (const double value : {steps.min, steps.lower_quartile, steps.median, steps.upper_quartile,
                             steps.max, steps.mean}) {
    row.push_back(steps.num_episodes == 0 ? "–" : fmt::format("{:.1f}", value));
  }
  return row;
}

// "2 of 3, 1 at the end"; "" if nothing is known.
std::string GoalText(const GoalProgress& progress) {
  if (progress.num_predicates == 0) return "";
  return fmt::format(
      "{} of {}{}", progress.best, progress.num_predicates,
      progress.end == progress.best ? "" : fmt::format(", {} at the end", progress.end));
}

// "EGL, NVIDIA H100"; what `json` has at this place, "" if there is nothing.
std::string Text(const Json& json, const std::string& pointer) {
  const Json::json_pointer place(pointer);
  if (!json.contains(place) || json.at(place).is_null()) return "";
  const Json& value = json.at(place);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

std::string Percent(std::optional<double> rate) {
  return rate ? fmt::format("{:.1f} %", 100 * *rate) : "–";
}

std::string PercentRange(const Interval& interval) {
  return fmt::format("{:.1f}–{:.1f} %", 100 * interval.low, 100 * interval.high);
}

std::string Headline(const RateStatistics& statistics) {
  const OutcomeCounts& counts = statistics.counts;
  if (!statistics.rate) return "no episode has ended yet";
  return fmt::format("{} ({} of {} episodes), 95 % interval {}", Percent(statistics.rate),
                     counts.num_successes, counts.num_ended(), PercentRange(statistics.interval));
}

std::string Incompleteness(const OutcomeCounts& counts) {
  if (counts.is_complete()) return "";
  std::vector<std::string> parts;
  if (counts.num_errors > 0) parts.push_back(fmt::format("{} had errors", counts.num_errors));
  if (counts.num_missing > 0) parts.push_back(fmt::format("{} are missing", counts.num_missing));
  return fmt::format("incomplete: of {} episodes {}", counts.num_planned, fmt::join(parts, ", "));
}

std::string StopText(const RunData& run) {
  if (!run.stop) return "";
  return fmt::format(
      "stopped by its rule after {} of {} episodes: {}. The interval of the rate is one of a "
      "confidence sequence (Waudby-Smith and Ramdas, 2020) for the rate of all {}; those of tasks "
      "are as for fixed numbers of episodes and too narrow.",
      run.planned.size(), run.stop->num_planned, run.stop->conclusion, run.stop->num_planned);
}

TextTable RunsTable(const Report& report) {
  TextTable table;
  table.columns = {{"run"}, {"policy"}, {"suite"}, {"protocol"}};
  AddRateColumns(table);
  for (const RunReport& run : report.runs) {
    table.rows.push_back(
        RateRow({run.data.name, run.data.policy, run.data.suite, run.data.protocol},
                run.statistics.overall));
  }
  if (report.overall && report.runs.size() > 1) {
    table.rows.push_back(RateRow({"all", "", "", ""}, report.overall->overall));
  }
  return table;
}

TextTable TasksTable(const RunReport& run) {
  TextTable table;
  table.columns = {{"task", true}, {"instruction", false, true}};
  AddRateColumns(table);
  for (size_t i = 0; i < run.data.tasks.size(); ++i) {
    const RunTask& task = run.data.tasks[i];
    table.rows.push_back(RateRow({std::to_string(task.index), task.instruction},
                                 run.statistics.tasks[i].statistics));
  }
  table.rows.push_back(RateRow({"all", ""}, run.statistics.overall));
  return table;
}

TextTable StepsTable(const RunReport& run) {
  TextTable table;
  table.columns = {{"task", true},           {"successes", true}, {"fewest steps", true},
                   {"lower quartile", true}, {"median", true},    {"upper quartile", true},
                   {"most", true},           {"mean", true}};
  for (const TaskStatistics& task : run.statistics.tasks) {
    table.rows.push_back(StepsRow({std::to_string(task.task_index)}, task.statistics.steps));
  }
  table.rows.push_back(StepsRow({"all"}, run.statistics.overall.steps));
  return table;
}

TextTable ProgressTable(const RunReport& run) {
  TextTable table;
  table.columns = {{"task", true},
                   {"instruction", false, true},
                   {"episodes", true},
                   {"at best", true},
                   {"at the end", true}};
  const auto add = [&](const std::string& index, const std::string& instruction,
                       const ProgressSummary& progress) {
    const bool has_any = progress.num_episodes > 0;
    table.rows.push_back({index, instruction, std::to_string(progress.num_episodes),
                          has_any ? Percent(progress.best) : "–",
                          has_any ? Percent(progress.end) : "–"});
  };
  for (size_t i = 0; i < run.data.tasks.size(); ++i) {
    add(std::to_string(run.data.tasks[i].index), run.data.tasks[i].instruction,
        run.statistics.tasks[i].statistics.progress);
  }
  add("all", "", run.statistics.overall.progress);
  return table;
}

TextTable SuccessTable(const RunReport& run) {
  TextTable table;
  table.columns = {{"steps", true}, {"successes", true}, {"share", true}, {"95 % interval", true}};
  const int num_ended = run.statistics.overall.counts.num_ended();
  for (const SuccessPoint& point : run.statistics.curve) {
    const Interval interval =
        BinomialInterval(run.statistics.method, point.num_successes, num_ended);
    table.rows.push_back({std::to_string(point.step), std::to_string(point.num_successes),
                          Percent(static_cast<double>(point.num_successes) / num_ended),
                          PercentRange(interval)});
  }
  return table;
}

TextTable PublishedTable(const RunReport& run) {
  TextTable table;
  table.columns = {{"policy"}, {"success rate", true}, {"source", false, true}, {"remark"}};
  std::vector<PublishedResult> results;
  for (const PublishedResult& result : PublishedResults()) {
    if (result.rate(run.data.suite)) results.push_back(result);
  }
  std::ranges::stable_sort(results, [&](const PublishedResult& a, const PublishedResult& b) {
    return a.rate(run.data.suite) > b.rate(run.data.suite);
  });
  for (const PublishedResult& result : results) {
    table.rows.push_back(
        {result.policy, Percent(*result.rate(run.data.suite) / 100), result.source, result.remark});
  }
  return table;
}

TextTable EpisodesTable(const RunReport& run) {
  TextTable table;
  table.columns = {
      {"task", true},  {"init state", true}, {"reset", true}, {"seed", true},        {"end"},
      {"steps", true}, {"sub-goals"},        {"state hash"},  {"error", false, true}};
  for (const EpisodeRecord& record : run.data.records) {
    const EpisodeResult& result = record.result;
    const bool has_error = !result.error.empty();
    table.rows.push_back(
        {std::to_string(result.spec.task_index), std::to_string(result.spec.init_index),
         std::to_string(result.spec.reset_index), std::to_string(result.spec.seed),
         has_error ? "error" : Name(result.end), std::to_string(result.steps),
         GoalText(result.progress),
         has_error ? "" : fmt::format("{:016x}", result.final_state_hash), result.error});
  }
  return table;
}

TextTable StageTable(const TrainingStage& stage) {
  TextTable table;
  table.columns = {{"what"},
                   {"steps", true},
                   {"first", true},
                   {"last", true},
                   {"lowest", true},
                   {"highest", true},
                   {"mean of the last tenth", true}};
  for (const TrainingCurve& curve : stage.curves) {
    table.rows.push_back({curve.key, std::to_string(curve.num_steps), Number(curve.first),
                          Number(curve.last), Number(curve.min), Number(curve.max),
                          Number(curve.last_tenth)});
  }
  return table;
}

TextTable PointsTable(const TrainingCurve& curve) {
  TextTable table;
  table.columns = {{"up to step", true}, {"mean", true}, {"lowest", true}, {"highest", true}};
  for (const TrainingCurve::Point& point : curve.points) {
    table.rows.push_back(
        {Number(point.step), Number(point.mean), Number(point.min), Number(point.max)});
  }
  return table;
}

TextTable FactsTable(const RunReport& run) {
  TextTable table;
  table.columns = {{"what"}, {"value", false, true}};
  const Json calls = run.data.manifest.value("calls", Json::array());
  const Json call = calls.empty() ? Json::object() : calls.back();
  std::string protocol = run.data.protocol;
  const std::string changed = Text(run.data.config, "/protocol/changed");
  if (!changed.empty() && changed != "[]") protocol += ", changed: " + changed;
  table.rows = {
      {"suite", run.data.suite},
      {"policy", run.data.policy},
      {"protocol", protocol},
      {"instruction (control)", Text(run.data.config, "/protocol/instruction")},
      {"pictures (control)", Text(run.data.config, "/protocol/image")},
      {"seed", Text(run.data.config, "/seed")},
      {"physics", Text(run.data.config, "/mode")},
      {"program", fmt::format("{} {}", Text(call, "/version"), Text(call, "/git_commit"))},
      {"MuJoCo", Text(call, "/mujoco")},
      {"renderer", Text(call, "/renderer/description")},
      {"processor", Text(call, "/cpu")},
      {"begun", calls.empty() ? "" : Text(calls.front(), "/time")},
      {"calls of the command", std::to_string(calls.size())},
      {"command line", Text(call, "/command_line")}};
  std::erase_if(table.rows, [](const Row& row) { return row[1].empty() || row[1] == " "; });
  return table;
}

std::string MethodText(const Report& report) {
  std::string method = "Wilson's score intervals";
  if (report.method == IntervalMethod::kClopperPearson) method = "Clopper and Pearson's intervals";
  if (report.method == IntervalMethod::kJeffreys) method = "Jeffreys' intervals";
  return fmt::format(
      "Intervals are {} at 95 % confidence. A rate is the share of successes among the episodes "
      "that ended; episodes with errors and missing ones are no failures, are counted beside it "
      "and make a result incomplete. Intervals take the tasks as given; how much other tasks of "
      "the same kind might change the rate of a suite, a bootstrap over tasks says ({} resamples, "
      "the central 95 %).",
      method, kNumResamples);
}

}  // namespace libero
