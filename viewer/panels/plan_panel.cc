#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "viewer/panels/panels.h"
#include "viewer/plot.h"

namespace libero {
namespace {

constexpr std::array<const char*, 7> kNumbers = {"x", "y", "z", "rx", "ry", "rz", "gripper"};

// A tone for each code, as different as may be from those beside it.
ImU32 CodeColor(int code, int num_codes) {
  const float hue = static_cast<float>(code) / static_cast<float>(std::max(1, num_codes));
  return ImColor::HSV(hue, 0.55F, 0.85F);
}

// The latent actions of the steps up to this one, a column a step.
void DrawCodes(const PanelContext& context, const PolicyPlan& plan) {
  const Ui& ui = *context.ui;
  const float size = ui.em;
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const auto num_columns = std::max(1, static_cast<int>(width / size));
  const auto num_rows = static_cast<int>(plan.codes.size());
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const int first = std::max(1, context.moment->step - num_columns + 1);
  for (int step = first; step <= context.moment->step; ++step) {
    const auto& past = context.recording->moments[static_cast<size_t>(step)].plan;
    if (!past) continue;
    for (int row = 0; row < std::min(num_rows, static_cast<int>(past->codes.size())); ++row) {
      const int code = past->codes[static_cast<size_t>(row)];
      const ImVec2 at = {corner.x + static_cast<float>(step - first) * size,
                         corner.y + static_cast<float>(row) * size};
      draw.AddRectFilled(at, {at.x + size - 1, at.y + size - 1}, CodeColor(code, past->num_codes),
                         2);
      const std::string text = std::to_string(code);
      draw.AddText(ImGui::GetFont(), 0.7F * ui.em, {at.x + 1, at.y + 0.15F * size},
                   IM_COL32(20, 22, 26, 255), text.c_str());
    }
  }
  ImGui::Dummy({width, size * static_cast<float>(num_rows)});
}

}  // namespace

void DrawPlanPanel(const PanelContext& context) {
  const Ui& ui = *context.ui;
  if (!context.moment->plan) {
    MutedText(ui, context.moment->step == 0 ? "no plan yet" : "this policy tells of no plans");
    return;
  }
  const PolicyPlan& plan = *context.moment->plan;
  MutedText(ui, fmt::format("latent actions: {} (of {} codes each); a column a step",
                            fmt::join(plan.codes, " "), plan.num_codes));
  DrawCodes(context, plan);
  const auto num_actions = static_cast<int>(plan.actions.size());
  MutedText(ui,
            fmt::format("plan of {} actions; the line is at the one for this step", num_actions));
  for (const auto& [id, first, end] : {std::tuple{"##moves", 0, 3}, std::tuple{"##turns", 3, 7}}) {
    std::vector<Curve> curves;
    for (auto i = static_cast<size_t>(first); i < static_cast<size_t>(end); ++i) {
      curves.push_back({kNumbers[i], ui.palette.series[i], [&plan, i](int at) {
                          return plan.actions[static_cast<size_t>(at)][i];
                        }});
    }
    (void)DrawPlot(id, curves,
                   {.first = 0,
                    .last = num_actions - 1,
                    .cursor = std::min(plan.age, num_actions - 1),
                    .low = -1.05,
                    .high = 1.05,
                    .height = 5 * ui.em},
                   ui.palette);
  }
}

}  // namespace libero
