#pragma once

#include <optional>
#include <string>

#include "results/report.h"

// The pictures of a report, as inline SVG.
namespace libero {

// A bar from 0 to a rate, with its interval as a whisker. As wide as the page wants it.
[[nodiscard]] std::string RateBar(double rate, const std::optional<Interval>& interval,
                                  const std::string& css_class);

// The share of episodes that had succeeded after so many steps, with intervals; tasks behind it.
[[nodiscard]] std::string SuccessChart(const RunReport& run);

// A cell for each task and init state: what became of the episode. Cells tell more where the
// pointer rests.
[[nodiscard]] std::string OutcomeGrid(const RunReport& run);

// A training's measure over steps: the mean of neighbouring steps, and their range behind it.
[[nodiscard]] std::string TrainingChart(const TrainingCurve& curve);

}  // namespace libero
