#include "results/published_results.h"
#include "results/report.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const Interval& interval) {
  return {interval.low, interval.high};
}

Json ToJson(const StepsSummary& steps) {
  if (steps.num_episodes == 0) return nullptr;
  return {{"episodes", steps.num_episodes},
          {"min", steps.min},
          {"lower_quartile", steps.lower_quartile},
          {"median", steps.median},
          {"upper_quartile", steps.upper_quartile},
          {"max", steps.max},
          {"mean", steps.mean}};
}

Json ToJson(const ProgressSummary& progress) {
  if (progress.num_episodes == 0) return nullptr;
  return {{"episodes", progress.num_episodes}, {"best", progress.best}, {"end", progress.end}};
}

Json ToJson(const RateStatistics& statistics) {
  const OutcomeCounts& counts = statistics.counts;
  return {{"success_rate", statistics.rate ? Json(*statistics.rate) : Json()},
          {"interval", ToJson(statistics.interval)},
          {"complete", counts.is_complete()},
          {"episodes",
           {{"planned", counts.num_planned},
            {"ended", counts.num_ended()},
            {"successes", counts.num_successes},
            {"timeouts", counts.num_timeouts},
            {"diverged", counts.num_diverged},
            {"errors", counts.num_errors},
            {"missing", counts.num_missing}}},
          {"success_rate_if_all_ended", ToJson(statistics.if_all_ended)},
          {"steps_to_success", ToJson(statistics.steps)},
          {"sub_goal_progress", ToJson(statistics.progress)}};
}

Json OverallJson(const RunStatistics& statistics) {
  Json json = ToJson(statistics.overall);
  json["over_tasks"] = statistics.over_tasks ? ToJson(*statistics.over_tasks) : Json();
  return json;
}

Json TasksJson(const RunReport& run) {
  Json tasks = Json::array();
  for (size_t i = 0; i < run.data.tasks.size(); ++i) {
    Json task = {{"suite", run.data.suite},
                 {"index", run.data.tasks[i].index},
                 {"name", run.data.tasks[i].name},
                 {"instruction", run.data.tasks[i].instruction}};
    task.update(ToJson(run.statistics.tasks[i].statistics));
    tasks.push_back(task);
  }
  return tasks;
}

Json CurveJson(const RunStatistics& statistics) {
  Json points = Json::array();
  for (const SuccessPoint& point : statistics.curve) {
    points.push_back({point.step, point.num_successes});
  }
  return points;
}

Json EpisodesJson(const RunData& data) {
  Json episodes = Json::array();
  for (const EpisodeRecord& record : data.records) {
    Json episode = Json::parse(ToJsonLine(record));
    episode.erase("wall_s");  // the rest is the same whenever and wherever the run is done again
    const std::string video = VideoPathOf(data, record.result.spec);
    if (!video.empty()) episode["video"] = video;
    episodes.push_back(episode);
  }
  return episodes;
}

Json PublishedJson(const std::string& suite) {
  Json results = Json::array();
  for (const PublishedResult& result : PublishedResults()) {
    const std::optional<double> rate = result.rate(suite);
    if (!rate) continue;
    results.push_back({{"policy", result.policy},
                       {"success_rate_percent", *rate},
                       {"source", result.source},
                       {"remark", result.remark}});
  }
  return results;
}

Json StopJson(const RunData& data) {
  if (!data.stop) return nullptr;
  return {{"num_episodes", data.planned.size()},
          {"of", data.stop->num_planned},
          {"conclusion", data.stop->conclusion}};
}

Json RunJson(const RunReport& run) {
  return {{"name", run.data.name},
          {"suite", run.data.suite},
          {"policy", run.data.policy},
          {"protocol", run.data.protocol},
          {"stopped", StopJson(run.data)},
          {"overall", OverallJson(run.statistics)},
          {"tasks", TasksJson(run)},
          {"successes_over_steps", CurveJson(run.statistics)},
          {"published", PublishedJson(run.data.suite)},
          {"episodes", EpisodesJson(run.data)},
          {"config", run.data.config},
          {"manifest", run.data.manifest}};
}

Json StageJson(const TrainingStage& stage) {
  Json curves = Json::array();
  for (const TrainingCurve& curve : stage.curves) {
    Json points = Json::array();
    for (const TrainingCurve::Point& point : curve.points) {
      points.push_back({point.step, point.mean, point.min, point.max});
    }
    curves.push_back({{"key", curve.key},
                      {"steps", curve.num_steps},
                      {"first", curve.first},
                      {"last", curve.last},
                      {"min", curve.min},
                      {"max", curve.max},
                      {"mean_of_last_tenth", curve.last_tenth},
                      {"step_mean_min_max", points}});
  }
  return {{"name", stage.name}, {"steps", stage.num_steps}, {"curves", curves}};
}

}  // namespace

Json ReportJson(const Report& report) {
  Json runs = Json::array();
  Json tasks = Json::array();
  for (const RunReport& run : report.runs) {
    runs.push_back(RunJson(run));
    if (!report.overall) continue;
    for (const Json& task : runs.back()["tasks"]) tasks.push_back(task);
  }
  Json stages = Json::array();
  for (const TrainingStage& stage : report.stages) stages.push_back(StageJson(stage));
  return {{"complete", report.is_complete()},
          {"interval_method", Name(report.method)},
          {"confidence", kConfidence},
          {"overall", report.overall ? OverallJson(*report.overall) : Json()},
          {"tasks", tasks},
          {"runs", runs},
          {"training", stages}};
}

}  // namespace libero
