#pragma once

#include <string>
#include <vector>

namespace libero {

// Lines over a horizontal axis, as inline SVG whose colours and letters the page's style decides:
// classes `axis`, `grid`, `band` and those of the lines.
struct LineChart {
  struct Point {
    double x = 0;
    double y = 0;
  };
  struct Line {
    std::vector<Point> points;
    std::string css_class;
    std::string title;  // shown where the pointer rests; "" for none
  };

  std::string description;  // for readers who cannot see it
  std::string x_label;
  std::string y_unit;  // after the numbers at the vertical axis, e.g. " %"
  double width = 640;
  double height = 300;
  double x_low = 0;
  double x_high = 1;
  double y_low = 0;
  double y_high = 1;
  bool has_log_y = false;       // requires y_low > 0
  std::vector<Point> band_low;  // with `band_high`: an area behind the lines
  std::vector<Point> band_high;
  std::vector<Line> lines;  // the last one on top
};

[[nodiscard]] std::string LineChartSvg(const LineChart& chart);

// Round numbers for an axis, about `num` of them within [low, high]: steps of 1, 2 or 5 times a
// power of ten, or, on a logarithmic axis, powers of ten (with 2 and 5 times them if they are few).
[[nodiscard]] std::vector<double> AxisTicks(double low, double high, int num, bool is_log);

}  // namespace libero
