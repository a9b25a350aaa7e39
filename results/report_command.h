#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace libero {

// The options of `libero report`.
struct ReportOptions {
  std::vector<std::filesystem::path> folders;  // evaluations and trainings, see MakeReport
  std::optional<std::filesystem::path> out;    // without: "report" in the only folder
  std::string interval = "wilson";             // see FindIntervalMethod
};

// Writes index.html, report.md and report.json into the folder `out` and prints the headlines. The
// same files give the same bytes. Returns 0. Throws Error for bad options, for folders without
// results and for what cannot be read or written.
int RunReportCommand(const ReportOptions& options, std::ostream& out);

}  // namespace libero
