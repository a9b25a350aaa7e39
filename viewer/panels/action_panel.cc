#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "viewer/panels/panels.h"
#include "viewer/plot.h"

namespace libero {
namespace {

constexpr std::array<const char*, 7> kNames = {"x", "y", "z", "rx", "ry", "rz", "gripper"};

// A bar from the middle of its row to the number, in [-1, 1].
void DrawBar(const char* name, double value, ImU32 color, const Ui& ui) {
  const float label = 4.2F * ui.em;
  const float number = 3.2F * ui.em;
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = ImGui::GetTextLineHeight();
  ColoredText(ui.palette.muted, name);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float left = corner.x + label;
  const float right = corner.x + width - number;
  const float middle = (left + right) / 2;
  draw.AddRectFilled({left, corner.y + 2}, {right, corner.y + height - 2}, ui.palette.panel, 2);
  const float end = middle + static_cast<float>(std::clamp(value, -1.0, 1.0)) * (right - left) / 2;
  draw.AddRectFilled({std::min(middle, end), corner.y + 2},
                     {std::max(middle, end), corner.y + height - 2}, color, 2);
  draw.AddLine({middle, corner.y}, {middle, corner.y + height}, ui.palette.line);
  const std::string text = fmt::format("{:+.3f}", value);
  draw.AddText({corner.x + width - ImGui::CalcTextSize(text.c_str()).x, corner.y}, ui.palette.text,
               text.c_str());
}

std::vector<Curve> ActionCurves(const Recording& recording, const Ui& ui, size_t first,
                                size_t end) {
  std::vector<Curve> curves;
  for (size_t i = first; i < end; ++i) {
    curves.push_back({kNames[i], ui.palette.series[i], [&recording, i](int step) {
                        return recording.moments[static_cast<size_t>(step)].action[i];
                      }});
  }
  return curves;
}

}  // namespace

void DrawActionPanel(const PanelContext& context) {
  const Recording& recording = *context.recording;
  const Moment& moment = *context.moment;
  const Ui& ui = *context.ui;
  for (size_t i = 0; i < kNames.size(); ++i) {
    DrawBar(kNames[i], moment.action[i], ui.palette.series[i], ui);
  }
  MutedText(ui, moment.step == 0
                    ? "no action yet"
                    : fmt::format("action {}: 1 is 5 cm, 0.5 rad; gripper −1 opens, 1 closes",
                                  moment.step - 1));
  const PlotOptions options = {.first = 1,
                               .last = recording.num_steps(),
                               .cursor = moment.step,
                               .low = -1.05,
                               .high = 1.05,
                               .height = 5 * ui.em,
                               .is_stepped = true};
  const std::vector<Curve> moves = ActionCurves(recording, ui, 0, 3);
  const std::vector<Curve> turns = ActionCurves(recording, ui, 3, 7);
  for (const auto& [id, curves] : {std::pair{"##moves", &moves}, std::pair{"##turns", &turns}}) {
    const int step = DrawPlot(id, *curves, options, ui.palette);
    if (step >= 0) context.seek(step);
  }
}

}  // namespace libero
