#include <fmt/format.h>

#include "results/report.h"
#include "results/report_tables.h"

namespace libero {
namespace {

std::string Cell(const std::string& text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c == '\n' ? ' ' : c;
  }
  return cell;
}

std::string Line(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + Cell(cell) + " |";
  return line + "\n";
}

std::string Table(const TextTable& table) {
  std::vector<std::string> headers;
  std::vector<std::string> rules;
  for (const TextTable::Column& column : table.columns) {
    headers.push_back(column.header);
    rules.emplace_back(column.is_number ? "---:" : "---");
  }
  std::string text = Line(headers) + Line(rules);
  for (const std::vector<std::string>& row : table.rows) text += Line(row);
  return text + "\n";
}

std::string Summary(const RunStatistics& statistics) {
  std::string text = fmt::format("**{}**\n\n", Headline(statistics.overall));
  const std::string incompleteness = Incompleteness(statistics.overall.counts);
  if (!incompleteness.empty()) {
    text += fmt::format("**{}**; when all have ended the rate is one of {}.\n\n", incompleteness,
                        PercentRange(statistics.overall.if_all_ended));
  }
  if (statistics.over_tasks) {
    text += fmt::format("Bootstrap over tasks: {}.\n\n", PercentRange(*statistics.over_tasks));
  }
  return text;
}

std::string RunText(const RunReport& run) {
  std::string text =
      fmt::format("## {}: {} on {}\n\n", run.data.name, run.data.policy, run.data.suite);
  text += Summary(run.statistics);
  if (run.data.stop) text += "This run was " + StopText(run.data) + "\n\n";
  text += "### Tasks\n\n" + Table(TasksTable(run));
  text += "### Steps to success\n\n" + Table(StepsTable(run));
  if (run.statistics.overall.progress.num_episodes > 0) {
    text += "### Sub-goals\n\n" + Table(ProgressTable(run));
  }
  const TextTable published = PublishedTable(run);
  if (!published.rows.empty()) {
    text += "### Published for " + run.data.suite + "\n\n" + Table(published);
  }
  return text + "### How it was run\n\n" + Table(FactsTable(run));
}

}  // namespace

std::string ReportMarkdown(const Report& report) {
  std::string text = "# LIBERO report\n\n";
  if (report.runs.size() > 1) {
    if (report.overall) text += Summary(*report.overall);
    text += Table(RunsTable(report));
  }
  for (const RunReport& run : report.runs) text += RunText(run);
  if (!report.stages.empty()) text += "## Training\n\n";
  for (const TrainingStage& stage : report.stages) {
    text += fmt::format("### {}, {} steps\n\n", stage.name, stage.num_steps);
    text += Table(StageTable(stage));
  }
  if (!report.runs.empty()) text += "## Method\n\n" + MethodText(report) + "\n";
  return text;
}

}  // namespace libero
