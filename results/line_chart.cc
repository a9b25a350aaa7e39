#include "results/line_chart.h"

#include <fmt/format.h>

#include <cmath>

#include "results/html_text.h"

namespace libero {
namespace {

constexpr double kLeft = 60;  // for the numbers of the vertical axis
constexpr double kRight = 14;
constexpr double kTop = 12;
constexpr double kBottom = 44;  // for those of the horizontal axis, and its label

// Where data lie in the picture.
class Frame {
 public:
  explicit Frame(const LineChart& chart) : chart_(&chart) {}

  [[nodiscard]] double X(double x) const {
    const double share = (x - chart_->x_low) / (chart_->x_high - chart_->x_low);
    return kLeft + share * (right() - kLeft);
  }
  [[nodiscard]] double Y(double y) const {
    const double share =
        chart_->has_log_y ? std::log(y / chart_->y_low) / std::log(chart_->y_high / chart_->y_low)
                          : (y - chart_->y_low) / (chart_->y_high - chart_->y_low);
    return bottom() - share * (bottom() - kTop);
  }
  [[nodiscard]] double right() const { return chart_->width - kRight; }
  [[nodiscard]] double bottom() const { return chart_->height - kBottom; }

  [[nodiscard]] std::string Path(const std::vector<LineChart::Point>& points) const {
    std::string path;
    for (const LineChart::Point& point : points) {
      path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "M" : "L", X(point.x), Y(point.y));
    }
    return path;
  }

 private:
  const LineChart* chart_;
};

std::string Axes(const LineChart& chart, const Frame& frame) {
  std::string svg;
  for (const double y : AxisTicks(chart.y_low, chart.y_high, 4, chart.has_log_y)) {
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
        "<text class=\"axis\" x=\"{3}\" y=\"{2:.1f}\" dy=\"0.35em\" text-anchor=\"end\">{4:.4g}"
        "{5}</text>\n",
        kLeft, frame.right(), frame.Y(y), kLeft - 6, y, EscapeHtml(chart.y_unit));
  }
  for (const double x : AxisTicks(chart.x_low, chart.x_high, chart.width > 500 ? 6 : 4, false)) {
    svg += fmt::format(
        "<text class=\"axis\" x=\"{:.1f}\" y=\"{:.1f}\" dy=\"1.2em\" text-anchor=\"middle\">{:g}"
        "</text>\n",
        frame.X(x), frame.bottom(), x);
  }
  svg += fmt::format(
      "<text class=\"axis\" x=\"{:.1f}\" y=\"{:.1f}\" dy=\"-0.4em\" text-anchor=\"middle\">{}"
      "</text>\n",
      (kLeft + frame.right()) / 2, chart.height, EscapeHtml(chart.x_label));
  return svg;
}

}  // namespace

std::string LineChartSvg(const LineChart& chart) {
  const Frame frame(chart);
  std::string svg = fmt::format(
      "<svg class=\"chart{}\" viewBox=\"0 0 {:g} {:g}\" role=\"img\">\n"
      "<title>{}</title>\n",
      chart.width > 500 ? " wide" : "", chart.width, chart.height, EscapeHtml(chart.description));
  svg += Axes(chart, frame);
  if (!chart.band_low.empty()) {
    std::vector<LineChart::Point> outline = chart.band_low;
    outline.insert(outline.end(), chart.band_high.rbegin(), chart.band_high.rend());
    svg += fmt::format("<path class=\"band\" d=\"{}Z\"/>\n", frame.Path(outline));
  }
  for (const LineChart::Line& line : chart.lines) {
    svg +=
        fmt::format("<path class=\"line {}\" d=\"{}\">", line.css_class, frame.Path(line.points));
    if (!line.title.empty()) svg += fmt::format("<title>{}</title>", EscapeHtml(line.title));
    svg += "</path>\n";
    // a single point has no line
    if (line.points.size() == 1) {
      svg += fmt::format("<circle class=\"dot {}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>\n",
                         line.css_class, frame.X(line.points[0].x), frame.Y(line.points[0].y));
    }
  }
  return svg + "</svg>\n";
}

std::vector<double> AxisTicks(double low, double high, int num, bool is_log) {
  std::vector<double> ticks;
  if (is_log) {
    const bool is_short = std::log10(high / low) < 2.5;
    for (int power = static_cast<int>(std::floor(std::log10(low))); std::pow(10.0, power) <= high;
         ++power) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double tick = factor * std::pow(10.0, power);
        if (tick >= low && tick <= high && (factor == 1 || is_short)) ticks.push_back(tick);
      }
    }
    return ticks;
  }
  const double power = std::pow(10.0, std::floor(std::log10((high - low) / num)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if ((high - low) / (factor * power) >= num - 0.5) {
      step = factor * power;
      break;
    }
  }
  constexpr double kRounding = 1e-9;  // of a step
  for (double i = std::ceil(low / step - kRounding); i * step <= high + kRounding * step; ++i) {
    ticks.push_back(i == 0 ? 0 : i * step);
  }
  return ticks;
}

}  // namespace libero
