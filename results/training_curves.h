#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace libero {

// What a training stage measured of one thing, step by step.
struct TrainingCurve {
  std::string key;  // as in the file, e.g. "loss"

  // Neighbouring steps put together, so that there are at most kMaxCurvePoints.
  struct Point {
    double step = 0;  // the last one
    double mean = 0;
    double min = 0;
    double max = 0;
  };
  std::vector<Point> points;

  // Of all steps.
  int num_steps = 0;
  double first = 0;
  double last = 0;
  double min = 0;
  double max = 0;
  double last_tenth = 0;  // mean of the last tenth of the steps
};

inline constexpr int kMaxCurvePoints = 100;

// A stage's metrics.jsonl.
struct TrainingStage {
  std::string name;
  std::vector<TrainingCurve> curves;  // "loss" first, then as the file has them
  int num_steps = 0;
};

// Reads a file with a line of JSON per step: "step", and whatever else is a number; other values
// are left out. Of lines with the same step, as a continued training leaves them, the last one
// counts. A last line without its end is dropped. Throws Error, with file:line, for a line without
// a step.
[[nodiscard]] TrainingStage ReadTrainingStage(const std::filesystem::path& path,
                                              const std::string& name);

}  // namespace libero
