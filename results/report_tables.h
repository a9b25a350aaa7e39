#pragma once

#include <string>

#include "results/report.h"
#include "sim/base/text_table.h"

// The numbers of a report as tables, which its HTML and its Markdown show alike.
namespace libero {

// "94.2 %"; "–" for none.
[[nodiscard]] std::string Percent(std::optional<double> rate);

// "91.8–95.9 %".
[[nodiscard]] std::string PercentRange(const Interval& interval);

// "94.2 % (471 of 500 episodes), 95 % interval 91.8–95.9 %".
[[nodiscard]] std::string Headline(const RateStatistics& statistics);

// "" for complete ones, else "incomplete: 3 of 500 episodes had errors, 17 are missing".
[[nodiscard]] std::string Incompleteness(const OutcomeCounts& counts);

// "" for runs that went on to the end, else what the rule found that stopped it, and what that
// means for the intervals.
[[nodiscard]] std::string StopText(const RunData& run);

[[nodiscard]] TextTable RunsTable(const Report& report);       // a line per run, and one for all
[[nodiscard]] TextTable TasksTable(const RunReport& run);      // outcomes and rates
[[nodiscard]] TextTable StepsTable(const RunReport& run);      // quartiles of steps to success
[[nodiscard]] TextTable ProgressTable(const RunReport& run);   // share of sub-goals reached
[[nodiscard]] TextTable SuccessTable(const RunReport& run);    // share of successes, step by step
[[nodiscard]] TextTable PublishedTable(const RunReport& run);  // no rows for other suites
[[nodiscard]] TextTable EpisodesTable(const RunReport& run);
[[nodiscard]] TextTable StageTable(const TrainingStage& stage);   // a line per curve
[[nodiscard]] TextTable PointsTable(const TrainingCurve& curve);  // a line per point
[[nodiscard]] TextTable FactsTable(const RunReport& run);  // what the manifest says, in short

// How the numbers were found, for the foot of a report.
[[nodiscard]] std::string MethodText(const Report& report);

}  // namespace libero
