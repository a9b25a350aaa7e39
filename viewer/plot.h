#pragma once

#include <functional>
#include <span>
#include <string>

#include "viewer/style.h"

namespace libero {

// A curve over the steps of an episode.
struct Curve {
  std::string name;
  ImU32 color = 0;
  std::function<double(int step)> value;
};

struct PlotOptions {
  int first = 0;  // steps that have values, both included
  int last = 0;
  int cursor = 0;  // the step that is shown
  double low = -1;
  double high = 1;
  float height = 90;               // pixels
  const char* format = "{:+.2f}";  // of values
  bool is_stepped = false;         // values hold until the next one
};

// Draws curves with a cursor over the width that is left, and below them their names and the values
// at the cursor, or at the step under the mouse. Returns the step that was clicked, −1 if none.
int DrawPlot(const char* id, std::span<const Curve> curves, const PlotOptions& options,
             const Palette& palette);

}  // namespace libero
