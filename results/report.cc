#include "results/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "results/sequential_statistics.h"
#include "sim/base/check.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 3;  // folders below those that were given

// Adds what lies in a folder. `name` is what a training there is called.
void Search(const fs::path& folder, const std::string& name, int depth, Report& report) {
  if (IsRun(folder)) {
    RunReport run = {.data = ReadRun(folder)};
    run.statistics = ComputeStatistics(run.data.planned, run.data.records, report.method);
    // intervals for fixed numbers of episodes are wrong for runs that might have gone on
    if (run.data.stop) {
      const OutcomeCounts& counts = run.statistics.overall.counts;
      run.statistics.overall.interval =
          RateSequence(run.data.stop->num_planned, counts.num_successes, counts.num_ended());
      run.statistics.over_tasks.reset();
    }
    report.runs.push_back(std::move(run));
  }
  if (fs::is_regular_file(folder / "metrics.jsonl")) {
    report.stages.push_back(ReadTrainingStage(folder / "metrics.jsonl", name));
  }
  if (depth == kMaxDepth) return;
  std::set<fs::path> folders;  // in the order of their names
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) folders.insert(entry.path());
  }
  for (const fs::path& inner : folders) {
    Search(inner, name + "/" + inner.filename().string(), depth + 1, report);
  }
}

// Whether rates of the runs may be put together.
bool AreOfOnePolicy(const std::vector<RunReport>& runs) {
  std::set<std::string> suites;
  for (const RunReport& run : runs) {
    suites.insert(run.data.suite);
    if (run.data.stop) return false;
    if (run.data.policy != runs.front().data.policy) return false;
    if (run.data.config.at("protocol") != runs.front().data.config.at("protocol")) return false;
  }
  return !runs.empty() && suites.size() == runs.size();
}

RunStatistics PutTogether(const Report& report) {
  std::vector<EpisodeSpec> planned;
  std::vector<EpisodeRecord> records;
  for (const RunReport& run : report.runs) {
    planned.insert(planned.end(), run.data.planned.begin(), run.data.planned.end());
    records.insert(records.end(), run.data.records.begin(), run.data.records.end());
  }
  return ComputeStatistics(planned, records, report.method);
}

}  // namespace

bool Report::is_complete() const {
  return std::ranges::all_of(
      runs, [](const RunReport& run) { return run.statistics.overall.counts.is_complete(); });
}

Report MakeReport(const std::vector<fs::path>& folders, IntervalMethod method,
                  const fs::path& out) {
  Report report = {.method = method};
  for (const fs::path& folder : folders) {
    if (!fs::is_directory(folder)) {
      throw Error(fmt::format("{} is not a folder", folder.string()),
                  "give folders of `libero eval` or of trainings");
    }
    const size_t num_before = report.runs.size() + report.stages.size();
    Search(folder, fs::weakly_canonical(folder).filename().string(), 0, report);
    if (report.runs.size() + report.stages.size() == num_before) {
      throw Error(fmt::format("{}: neither an evaluation nor a training is in it", folder.string()),
                  "an evaluation has a config.json and an episodes.jsonl, a training a "
                  "metrics.jsonl");
    }
  }
  for (RunReport& run : report.runs) {
    run.link = fs::weakly_canonical(run.data.folder)
                   .lexically_relative(fs::weakly_canonical(out))
                   .string();
  }
  if (AreOfOnePolicy(report.runs)) report.overall = PutTogether(report);
  return report;
}

}  // namespace libero
