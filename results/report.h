#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/run_data.h"
#include "results/statistics.h"
#include "results/training_curves.h"

#include <nlohmann/json_fwd.hpp>

namespace libero {

// A run and what became of it.
struct RunReport {
  RunData data;
  std::string link;  // from the page to the run's folder, for its videos: ".."
  RunStatistics statistics;
};

// What a report tells: a value that HTML, Markdown and JSON are made from. It depends on the runs'
// files and on nothing else, not on the time either.
struct Report {
  IntervalMethod method = IntervalMethod::kWilson;
  std::vector<RunReport> runs;
  std::vector<TrainingStage> stages;

  // All runs together; none unless they are of one policy under one protocol, in different suites,
  // and none was stopped by a rule.
  std::optional<RunStatistics> overall;

  [[nodiscard]] bool is_complete() const;
};

// Reads evaluations and trainings (folders with a metrics.jsonl) that these folders are, or that
// lie in them, at most three folders deep, in the order of their names. Throws Error for a folder
// without either, and for files that cannot be read.
// `out` is the folder that the report will be in.
[[nodiscard]] Report MakeReport(const std::vector<std::filesystem::path>& folders,
                                IntervalMethod method, const std::filesystem::path& out = ".");

// report.json. "overall" and "tasks" are those of all runs together, null and empty where they are
// of several policies; "runs" has each by itself. Rates are from 0 to 1, intervals [low, high].
[[nodiscard]] nlohmann::ordered_json ReportJson(const Report& report);

// report.md: headlines and tables.
[[nodiscard]] std::string ReportMarkdown(const Report& report);

// index.html: self-contained, without scripts; charts are inline SVG, light or dark as the reader's
// system is.
[[nodiscard]] std::string ReportHtml(const Report& report);

}  // namespace libero
