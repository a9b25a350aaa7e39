#include "results/report_command.h"

#include <fmt/format.h>

#include <ostream>
#include <system_error>

#include "results/report.h"
#include "results/report_tables.h"
#include "sim/base/atomic_file.h"
#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void PrintHeadlines(const Report& report, std::ostream& out) {
  for (const RunReport& run : report.runs) {
    out << fmt::format("{}: {} on {}: {}\n", run.data.name, run.data.policy, run.data.suite,
                       Headline(run.statistics.overall));
    const std::string incompleteness = Incompleteness(run.statistics.overall.counts);
    if (run.data.stop) out << "  " << StopText(run.data) << "\n";
    if (!incompleteness.empty()) out << "  " << incompleteness << "\n";
  }
  if (report.overall && report.runs.size() > 1) {
    out << "all: " << Headline(report.overall->overall) << "\n";
  }
  for (const TrainingStage& stage : report.stages) {
    out << fmt::format("{}: {} training steps\n", stage.name, stage.num_steps);
  }
}

}  // namespace

int RunReportCommand(const ReportOptions& options, std::ostream& out) {
  const IntervalMethod method = FindIntervalMethod(options.interval);
  if (options.folders.empty()) throw Error("no folder was given", "libero report runs/mine");
  if (options.folders.size() > 1 && !options.out) {
    throw Error("--out is needed to report on several folders", "e.g. --out report");
  }
  const fs::path folder = options.out.value_or(options.folders.front() / "report");
  const Report report = MakeReport(options.folders, method, folder);

  // write
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw Error(fmt::format("{}: the folder cannot be made: {}", folder.string(), error.message()),
                "give an --out folder that you may write to");
  }
  const std::string hint = "check that you may write there and that the disk has space";
  const std::string json =
      ReportJson(report).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  WriteFileAtomically(folder / "report.json", {json}, hint);
  WriteFileAtomically(folder / "report.md", {ReportMarkdown(report)}, hint);
  WriteFileAtomically(folder / "index.html", {ReportHtml(report)}, hint);

  PrintHeadlines(report, out);
  out << (folder / "index.html").string() << "\n";
  return 0;
}

}  // namespace libero
