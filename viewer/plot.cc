#include "viewer/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace libero {
namespace {

// Where steps and values are on the screen.
struct Axes {
  ImVec2 min;
  ImVec2 max;
  const PlotOptions* options;

  [[nodiscard]] float X(int step) const {
    const float range = static_cast<float>(std::max(1, options->last - options->first));
    return min.x + (max.x - min.x) * static_cast<float>(step - options->first) / range;
  }
  [[nodiscard]] float Y(double value) const {
    const double part = (value - options->low) / (options->high - options->low);
    return max.y - (max.y - min.y) * static_cast<float>(std::clamp(part, 0.0, 1.0));
  }
  [[nodiscard]] int StepAt(float x) const {
    const float part = (x - min.x) / std::max(1.0F, max.x - min.x);
    return options->first +
           static_cast<int>(std::lround(part * static_cast<float>(options->last - options->first)));
  }
};

void DrawCurve(const Curve& curve, const Axes& axes, ImDrawList& draw) {
  const PlotOptions& options = *axes.options;
  // no more points than pixels
  const int num_pixels = std::max(1, static_cast<int>(axes.max.x - axes.min.x));
  const int stride = std::max(1, (options.last - options.first) / num_pixels);
  ImVec2 last;
  for (int step = options.first; step <= options.last; step += stride) {
    const ImVec2 point = {axes.X(step), axes.Y(curve.value(step))};
    if (step > options.first && options.is_stepped) {
      draw.AddLine(last, {point.x, last.y}, curve.color, 1.5F);
      draw.AddLine({point.x, last.y}, point, curve.color, 1.5F);
    } else if (step > options.first) {
      draw.AddLine(last, point, curve.color, 1.5F);
    }
    last = point;
  }
}

void DrawLegend(std::span<const Curve> curves, int step, const PlotOptions& options) {
  const float right = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
  for (size_t i = 0; i < curves.size(); ++i) {
    const std::string text = fmt::format(
        "{} {}", curves[i].name, fmt::format(fmt::runtime(options.format), curves[i].value(step)));
    if (i > 0) {
      const float width = ImGui::CalcTextSize(text.c_str()).x + ImGui::GetStyle().ItemSpacing.x;
      if (ImGui::GetItemRectMax().x + width < right) ImGui::SameLine();
    }
    ImGui::PushStyleColor(ImGuiCol_Text, curves[i].color);
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopStyleColor();
  }
}

}  // namespace

int DrawPlot(const char* id, std::span<const Curve> curves, const PlotOptions& options,
             const Palette& palette) {
  const ImVec2 size = {ImGui::GetContentRegionAvail().x, options.height};
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  ImGui::InvisibleButton(id, size);
  const bool is_hovered = ImGui::IsItemHovered();
  const bool is_held = ImGui::IsItemActive();
  const Axes axes = {
      {corner.x + 1, corner.y + 3}, {corner.x + size.x - 1, corner.y + size.y - 3}, &options};
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(corner, {corner.x + size.x, corner.y + size.y}, palette.panel, 3);
  draw.PushClipRect(corner, {corner.x + size.x, corner.y + size.y}, true);
  if (options.low < 0 && options.high > 0) {
    draw.AddLine({axes.min.x, axes.Y(0)}, {axes.max.x, axes.Y(0)}, palette.line);
  }
  const bool has_values = options.last >= options.first;
  if (has_values) {
    for (const Curve& curve : curves) DrawCurve(curve, axes, draw);
  }
  const float cursor = axes.X(options.cursor);
  draw.AddLine({cursor, corner.y}, {cursor, corner.y + size.y}, palette.text, 1);
  int step = std::clamp(options.cursor, options.first, std::max(options.first, options.last));
  if (is_hovered && has_values) {
    step = std::clamp(axes.StepAt(ImGui::GetIO().MousePos.x), options.first, options.last);
    draw.AddLine({axes.X(step), corner.y}, {axes.X(step), corner.y + size.y}, palette.muted, 1);
    ImGui::SetTooltip("step %d", step);
  }
  draw.PopClipRect();
  if (has_values) DrawLegend(curves, step, options);
  return is_held && has_values ? step : -1;
}

}  // namespace libero
