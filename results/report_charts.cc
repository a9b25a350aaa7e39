#include "results/report_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "results/html_text.h"
#include "results/line_chart.h"
#include "tasks/suites.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Point = LineChart::Point;

// Steps that an episode may take; at least those that one took.
int LongestEpisode(const RunReport& run) {
  int longest = 1;
  for (const EpisodeRecord& record : run.data.records) {
    longest = std::max(longest, record.result.steps);
  }
  const auto& limits = run.data.config.at("protocol").value("max_steps", nlohmann::ordered_json());
  const std::string suite(BaseSuite(run.data.suite));
  return limits.contains(suite) ? std::max(longest, limits[suite].get<int>()) : longest;
}

// A stair from (0, 0) to the right end: each point is where it goes up to its height.
std::vector<Point> Stair(const std::vector<Point>& points, double start, double x_high) {
  std::vector<Point> stair = {{0, start}};
  for (const Point& point : points) {
    stair.push_back({point.x, stair.back().y});
    stair.push_back(point);
  }
  stair.push_back({x_high, stair.back().y});
  return stair;
}

// In percent of the task's ended episodes.
std::vector<Point> TaskPoints(const RunReport& run, const TaskStatistics& task) {
  std::map<int, int> successes;  // by step
  for (const EpisodeRecord& record : run.data.records) {
    const EpisodeResult& result = record.result;
    if (result.spec.task_index == task.task_index && result.success()) ++successes[result.steps];
  }
  std::vector<Point> points;
  double sum = 0;
  for (const auto& [step, num] : successes) {
    sum += num;
    points.push_back({static_cast<double>(step), 100 * sum / task.statistics.counts.num_ended()});
  }
  return points;
}

struct Cell {
  std::string css_class = "missing";
  std::string text = "not run yet";
  std::string link;  // to its video; "" if there is none
};

Cell MakeCell(const EpisodeResult& result) {
  if (!result.error.empty()) return {"error", "error: " + result.error};
  if (result.success()) return {"success", fmt::format("success after {} steps", result.steps)};
  if (result.end == EpisodeEnd::kDiverged) {
    return {"failure", fmt::format("the simulation diverged after {} steps", result.steps)};
  }
  return {"failure", fmt::format("no success within {} steps", result.steps)};
}

// A path as a link has it: what is not plain becomes %XX.
std::string UrlPath(const std::string& path) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/";
  std::string url;
  for (const char c : path) {
    url += kPlain.find(c) != kPlain.npos
               ? std::string(1, c)
               : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return url;
}

constexpr int kCell = 17;  // pixels from one cell to the next
constexpr int kBox = 14;   // of a cell
constexpr int kLeft = 30;  // for the tasks' numbers
constexpr int kTop = 18;   // for the init states'

std::string CellSvg(int x, int y, const Cell& cell, const std::string& title) {
  std::string svg = fmt::format(
      "<g class=\"{0}\"><title>{1}</title><rect x=\"{2}\" y=\"{3}\" width=\"{4}\" height=\"{4}\" "
      "rx=\"2\"/>",
      cell.css_class, EscapeHtml(title), x, y, kBox);
  // not by colour alone
  if (cell.css_class == "failure") {
    svg += fmt::format("<path d=\"M{},{}l6,6m0,-6l-6,6\"/>", x + 4, y + 4);
  } else if (cell.css_class == "error") {
    svg += fmt::format("<path d=\"M{},{}v5m0,2v2\"/>", x + 7, y + 3);
  }
  if (!cell.link.empty()) {
    svg += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"1.5\"/>", x + kBox - 3, y + 3);
  }
  svg += "</g>";
  if (!cell.link.empty()) {
    svg = fmt::format("<a href=\"{}\">{}</a>", EscapeHtml(cell.link), svg);
  }
  return svg + "\n";
}

}  // namespace

std::string RateBar(double rate, const std::optional<Interval>& interval,
                    const std::string& css_class) {
  std::string svg = fmt::format(
      "<svg class=\"bar {}\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"10\"/>"
      "<rect class=\"fill\" width=\"{:.2f}\" height=\"10\"/>"
      "<path class=\"quarters\" d=\"M25,0v10M50,0v10M75,0v10\"/>",
      css_class, 100 * rate);
  if (interval) {
    const double low = 100 * interval->low;
    const double high = 100 * interval->high;
    svg += fmt::format(
        "<path class=\"whisker\" d=\"M{0:.2f},2.5v5M{0:.2f},5H{1:.2f}M{1:.2f},2.5v5\"/>", low,
        high);
  }
  return svg + "</svg>";
}

std::string SuccessChart(const RunReport& run) {
  const int x_high = LongestEpisode(run);
  LineChart chart = {.description = "share of episodes that had succeeded, over steps",
                     .x_label = "actions of the policy",
                     .y_unit = " %",
                     .x_high = static_cast<double>(x_high),
                     .y_high = 100};
  for (size_t i = 0; i < run.statistics.tasks.size(); ++i) {
    const TaskStatistics& task = run.statistics.tasks[i];
    if (!task.statistics.rate) continue;
    chart.lines.push_back(
        {.points = Stair(TaskPoints(run, task), 0, x_high),
         .css_class = "task",
         .title = fmt::format("task {}: {}", task.task_index, run.data.tasks[i].instruction)});
  }
  std::vector<Point> points;
  std::vector<Point> low;
  std::vector<Point> high;
  const int num_ended = run.statistics.overall.counts.num_ended();
  const Interval none = BinomialInterval(run.statistics.method, 0, num_ended);
  for (const SuccessPoint& point : run.statistics.curve) {
    const auto x = static_cast<double>(point.step);
    const Interval interval =
        BinomialInterval(run.statistics.method, point.num_successes, num_ended);
    points.push_back({x, 100.0 * point.num_successes / num_ended});
    low.push_back({x, 100 * interval.low});
    high.push_back({x, 100 * interval.high});
  }
  chart.band_low = Stair(low, 0, x_high);
  chart.band_high = Stair(high, 100 * none.high, x_high);
  chart.lines.push_back({.points = Stair(points, 0, x_high), .css_class = "all", .title = "all"});
  return LineChartSvg(chart);
}

std::string OutcomeGrid(const RunReport& run) {
  // the columns
  std::map<int, int> columns;  // by init state
  for (const EpisodeSpec& spec : run.data.planned) columns[spec.init_index] = 0;
  int num_columns = 0;
  for (auto& [init, column] : columns) column = num_columns++;
  std::map<std::pair<int, int>, Cell> cells;
  for (const EpisodeRecord& record : run.data.records) {
    const EpisodeSpec& spec = record.result.spec;
    Cell cell = MakeCell(record.result);
    const std::string video = VideoPathOf(run.data, spec);
    if (!video.empty()) cell.link = UrlPath(run.link + "/" + video);
    cells[{spec.task_index, spec.init_index}] = cell;
  }
  const int width = kLeft + num_columns * kCell;
  const int height = kTop + static_cast<int>(run.data.tasks.size()) * kCell;
  std::string svg = fmt::format(
      "<svg class=\"outcomes\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\">\n"
      "<title>what became of each episode: a row per task, a column per init state</title>\n",
      width, height);

  // numbers of init states, every fifth, and of tasks
  for (const auto& [init, column] : columns) {
    if (column % 5 != 0) continue;
    svg += fmt::format("<text class=\"axis\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                       kLeft + column * kCell + kBox / 2.0, kTop - 6, init);
  }
  int y = kTop;
  for (const RunTask& task : run.data.tasks) {
    svg += fmt::format("<text class=\"axis\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                       kLeft - 6, y + kBox - 3, task.index);
    for (const auto& [init, column] : columns) {
      const Cell cell = cells[{task.index, init}];
      svg += CellSvg(kLeft + column * kCell, y, cell,
                     fmt::format("task {} ({}), init state {}: {}", task.index, task.instruction,
                                 init, cell.text));
    }
    y += kCell;
  }
  return svg + "</svg>\n";
}

std::string TrainingChart(const TrainingCurve& curve) {
  constexpr double kLogRatio = 30;  // from which on a logarithmic axis shows more
  LineChart chart = {.description = curve.key + " over training steps",
                     .x_label = "step",
                     .width = 360,
                     .height = 220,
                     .x_low = curve.points.front().step,
                     .x_high = curve.points.back().step,
                     .y_low = curve.min,
                     .y_high = curve.max};
  if (chart.x_low == chart.x_high) chart.x_high += 1;
  chart.has_log_y = curve.min > 0 && curve.max > kLogRatio * curve.min;
  if (!chart.has_log_y) {
    const double margin = curve.max > curve.min
                              ? 0.05 * (curve.max - curve.min)
                              : std::max(1e-6, 0.1 * std::abs(curve.max));  // a level line
    chart.y_low -= margin;
    chart.y_high += margin;
  }
  LineChart::Line line = {.css_class = "all", .title = curve.key};
  for (const TrainingCurve::Point& point : curve.points) {
    line.points.push_back({point.step, point.mean});
    chart.band_low.push_back({point.step, point.min});
    chart.band_high.push_back({point.step, point.max});
  }
  chart.lines.push_back(line);
  return LineChartSvg(chart);
}

}  // namespace libero
