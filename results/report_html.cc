#include <fmt/format.h>

#include <algorithm>

#include "results/html_text.h"
#include "results/published_results.h"
#include "results/report.h"
#include "results/report_charts.h"
#include "results/report_style.h"
#include "results/report_tables.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

// A line of a bar chart; empty cells are left empty.
struct BarRow {
  std::string label;
  std::optional<double> rate;
  std::optional<Interval> interval;
  std::string remark;   // in place of an interval
  bool is_own = false;  // stands out among others
  bool is_other = false;
};

std::string Bars(const std::vector<BarRow>& rows) {
  std::string html = "<div class=\"bars\">\n";
  for (const BarRow& row : rows) {
    const std::string range = row.interval ? PercentRange(*row.interval) : row.remark;
    html += fmt::format(
        "<div><span class=\"label{0}\">{1}</span>{2}<span class=\"value{0}\">{3}</span>"
        "<span class=\"range\">{4}</span></div>\n",
        row.is_own ? " own" : "", EscapeHtml(row.label),
        RateBar(row.rate.value_or(0), row.interval, row.is_other ? "other" : "own"),
        Percent(row.rate), EscapeHtml(range));
  }
  return html +
         "<div class=\"scale-row\"><span></span><span class=\"scale\"><span>0 %</span>"
         "<span>25</span><span>50</span><span>75</span><span>100 %</span></span><span></span>"
         "<span></span></div>\n</div>\n";
}

std::optional<Interval> IntervalOf(const RateStatistics& statistics) {
  return statistics.rate ? std::optional(statistics.interval) : std::nullopt;
}

// The rate in large letters, and what has to be said beside it.
std::string HeadlineHtml(const RunStatistics& statistics) {
  const RateStatistics& overall = statistics.overall;
  const OutcomeCounts& counts = overall.counts;
  std::string html;
  const std::string incompleteness = Incompleteness(counts);
  if (!incompleteness.empty()) {
    html += fmt::format(
        "<p class=\"warning\"><strong>{}.</strong> The rate below is of the {} that ended; when "
        "all "
        "have, it will be one of {}.</p>\n",
        EscapeHtml(incompleteness), counts.num_ended(), PercentRange(overall.if_all_ended));
  }
  html += fmt::format("<div class=\"headline\"><span class=\"rate\">{}</span>{}\n",
                      Percent(overall.rate),
                      RateBar(overall.rate.value_or(0), IntervalOf(overall), "own"));
  if (overall.rate) {
    html += fmt::format(
        "<p class=\"interval\"><strong>95 % interval {}</strong>, {} of {} episodes "
        "succeeded</p>\n",
        PercentRange(overall.interval), counts.num_successes, counts.num_ended());
  }
  std::vector<std::string> parts = {fmt::format("{} timeouts", counts.num_timeouts),
                                    fmt::format("{} diverged", counts.num_diverged),
                                    fmt::format("{} errors", counts.num_errors),
                                    fmt::format("{} missing", counts.num_missing)};
  if (overall.steps.num_episodes > 0) {
    parts.push_back(fmt::format("median {:.0f} steps to success", overall.steps.median));
  }
  if (statistics.over_tasks) {
    parts.push_back("bootstrap over tasks " + PercentRange(*statistics.over_tasks));
  }
  html += "<p class=\"quiet\">";
  for (size_t i = 0; i < parts.size(); ++i) html += (i == 0 ? "" : " · ") + parts[i];
  return html + "</p></div>\n";
}

std::string TaskSection(const RunReport& run) {
  std::vector<BarRow> rows;
  for (size_t i = 0; i < run.data.tasks.size(); ++i) {
    const RateStatistics& statistics = run.statistics.tasks[i].statistics;
    rows.push_back(
        {.label = fmt::format("{}  {}", run.data.tasks[i].index, run.data.tasks[i].instruction),
         .rate = statistics.rate,
         .interval = IntervalOf(statistics),
         .remark = "no episode has ended"});
  }
  return "<h3>Tasks</h3>\n" + Bars(rows) + FoldedTable("As a table", TasksTable(run));
}

std::string SuccessSection(const RunReport& run) {
  if (run.statistics.overall.counts.num_ended() == 0) return "";
  return "<h3>Success over steps</h3>\n"
         "<p class=\"quiet\">The share of episodes that had succeeded after so many actions: all "
         "with their 95 % interval, and each task by itself in grey.</p>\n" +
         SuccessChart(run) + FoldedTable("Steps to success of each task", StepsTable(run)) +
         FoldedTable("The curve as a table", SuccessTable(run));
}

std::string GridSection(const RunReport& run) {
  return "<h3>Every episode</h3>\n"
         "<p class=\"quiet\">A row per task, a column per init state." +
         std::string(
             run.data.videos.empty() ? "" : " Cells with a dot lead to the episode&#39;s video.") +
         "</p>\n"
         "<ul class=\"key\"><li><span class=\"success\"></span>success</li>"
         "<li><span class=\"failure\"></span>failure</li><li><span "
         "class=\"error\"></span>error</li>"
         "<li><span class=\"missing\"></span>not run yet</li></ul>\n"
         "<div class=\"scroll\" tabindex=\"0\">" +
         OutcomeGrid(run) + "</div>\n" + FoldedTable("As a table", EpisodesTable(run));
}

std::string ProgressSection(const RunReport& run) {
  if (run.statistics.overall.progress.num_episodes == 0) return "";
  return "<h3>Sub-goals</h3>\n"
         "<p class=\"quiet\">The share of a goal&#39;s predicates that held, mean over the "
         "episodes "
         "that ended: at once after the action that had most of them hold, and after the last "
         "one. Some hold from the beginning.</p>\n"
         "<div class=\"scroll\" tabindex=\"0\">" +
         HtmlTable(ProgressTable(run)) + "</div>\n";
}

std::string PublishedSection(const RunReport& run) {
  const TextTable table = PublishedTable(run);
  if (table.rows.empty()) return "";
  std::vector<BarRow> rows = {{.label = fmt::format("{} (this run)", run.data.policy),
                               .rate = run.statistics.overall.rate,
                               .interval = IntervalOf(run.statistics.overall),
                               .is_own = true}};
  for (const PublishedResult& result : PublishedResults()) {
    rows.push_back({.label = result.policy,
                    .rate = *result.rate(run.data.suite) / 100,
                    .remark = result.origin,
                    .is_other = true});
  }
  std::ranges::stable_sort(rows, [](const BarRow& a, const BarRow& b) { return a.rate > b.rate; });
  return fmt::format(
             "<h3>Published for {}</h3>\n<p class=\"quiet\">As papers report them, with their own "
             "harnesses, step limits and pictures; a difference of a point or two may come from "
             "these. None comes with an interval: with 500 episodes it reaches about two points "
             "either way at 95 %, and four at 60 %.</p>\n",
             EscapeHtml(run.data.suite)) +
         Bars(rows) + FoldedTable("As a table, with sources", table);
}

std::string RecordSection(const RunReport& run) {
  return fmt::format(
      "<h3>How it was run</h3>\n<div class=\"facts\">{}</div>\n"
      "<details><summary>config.json</summary><pre>{}</pre></details>\n"
      "<details><summary>manifest.json</summary><pre>{}</pre></details>\n",
      HtmlTable(FactsTable(run)), EscapeHtml(run.data.config.dump(2)),
      EscapeHtml(run.data.manifest.dump(2)));
}

std::string RunSections(const RunReport& run) {
  std::string html;
  if (run.data.stop) {
    html += "<p class=\"quiet\">This run was " + EscapeHtml(StopText(run.data)) + "</p>\n";
  }
  return html + TaskSection(run) + SuccessSection(run) + ProgressSection(run) + GridSection(run) +
         PublishedSection(run) + RecordSection(run);
}

std::string StageSection(const TrainingStage& stage) {
  std::string html = fmt::format("<h3>{}, {} steps</h3>\n<div class=\"curves\">\n",
                                 EscapeHtml(stage.name), stage.num_steps);
  for (const TrainingCurve& curve : stage.curves) {
    html +=
        fmt::format("<div><h4>{}</h4>\n{}</div>\n", EscapeHtml(curve.key), TrainingChart(curve));
  }
  html += "</div>\n" + HtmlTable(StageTable(stage));
  for (const TrainingCurve& curve : stage.curves) {
    html += FoldedTable(curve.key + " as a table", PointsTable(curve));
  }
  return html;
}

std::string TrainingSection(const Report& report) {
  if (report.stages.empty()) return "";
  std::string html = report.runs.empty() ? "" : "<h2 id=\"training\">Training</h2>\n";
  html += "<p class=\"quiet\">Lines are means of neighbouring steps, areas their range.</p>\n";
  for (const TrainingStage& stage : report.stages) html += StageSection(stage);
  return html;
}

// Several runs: their rates side by side, then each.
std::string Overview(const Report& report) {
  std::vector<BarRow> rows;
  for (const RunReport& run : report.runs) {
    rows.push_back(
        {.label = fmt::format("{}: {} on {}", run.data.name, run.data.policy, run.data.suite),
         .rate = run.statistics.overall.rate,
         .interval = IntervalOf(run.statistics.overall),
         .remark = "no episode has ended"});
  }
  std::string html = report.overall ? HeadlineHtml(*report.overall) : "";
  html += "<h3>Runs</h3>\n" + Bars(rows) + FoldedTable("As a table", RunsTable(report));
  html += "<ul class=\"contents\">\n";
  for (size_t i = 0; i < report.runs.size(); ++i) {
    html += fmt::format("<li><a href=\"#run-{}\">{}</a></li>\n", i + 1,
                        EscapeHtml(report.runs[i].data.name));
  }
  if (!report.stages.empty()) html += "<li><a href=\"#training\">training</a></li>\n";
  return html + "</ul>\n";
}

std::string Title(const Report& report) {
  if (report.runs.empty()) return "Training";
  const RunData& first = report.runs.front().data;
  if (report.runs.size() == 1) return first.policy + " on " + first.suite;
  if (report.overall) return fmt::format("{} on {} suites", first.policy, report.runs.size());
  return fmt::format("{} evaluations", report.runs.size());
}

std::string Body(const Report& report) {
  if (report.runs.empty()) return TrainingSection(report);
  if (report.runs.size() == 1) {
    return HeadlineHtml(report.runs.front().statistics) + RunSections(report.runs.front()) +
           TrainingSection(report);
  }
  std::string html = Overview(report);
  for (size_t i = 0; i < report.runs.size(); ++i) {
    const RunReport& run = report.runs[i];
    html += fmt::format("<h2 id=\"run-{}\">{}: {} on {}</h2>\n", i + 1, EscapeHtml(run.data.name),
                        EscapeHtml(run.data.policy), EscapeHtml(run.data.suite));
    html += HeadlineHtml(run.statistics) + RunSections(run);
  }
  return html + TrainingSection(report);
}

}  // namespace

std::string ReportHtml(const Report& report) {
  const std::string title = EscapeHtml(Title(report));
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>LIBERO: {0}</title>\n<link rel=\"icon\" href=\"data:,\"/>\n<style>{1}</style>\n"
      "</head>\n<body>\n<header><p class=\"kind\">LIBERO report</p>\n<h1>{0}</h1></header>\n"
      "<main>\n{2}</main>\n",
      title, kReportStyle, Body(report));
  if (!report.runs.empty()) {
    html += "<footer><p class=\"quiet\">" + EscapeHtml(MethodText(report)) + "</p></footer>\n";
  }
  return html + "</body>\n</html>\n";
}

}  // namespace libero
