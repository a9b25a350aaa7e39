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

// How sure the policy was of a code that it chose; 1 where it does not tell.
float ProbabilityOf(const PolicyPlan& plan, size_t row) {
  if (row >= plan.probabilities.size()) return 1;
  return plan.probabilities[row].at(static_cast<size_t>(plan.codes[row]));
}

// A row for each latent action: all codes, the darker the likelier, the chosen one framed.
void DrawProbabilities(const PanelContext& context, const PolicyPlan& plan) {
  const Ui& ui = *context.ui;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float number = 3 * ui.em;
  const float height = 1.1F * ui.em;
  for (size_t row = 0; row < plan.probabilities.size(); ++row) {
    const std::vector<float>& probabilities = plan.probabilities[row];
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x - number;
    const float cell = width / static_cast<float>(probabilities.size());
    ImGui::Dummy({width + number, height});
    draw.AddRectFilled(corner, {corner.x + width, corner.y + height - 2}, ui.palette.panel, 2);
    const auto left = [&](size_t code) {
      return corner.x + static_cast<float>(code) * cell;
    };
    for (size_t code = 0; code < probabilities.size(); ++code) {
      // from the bottom up
      const float top = corner.y + (1 - probabilities[code]) * (height - 3);
      draw.AddRectFilled({left(code), top}, {left(code + 1) - 1, corner.y + height - 2},
                         CodeColor(static_cast<int>(code), plan.num_codes));
    }
    const auto chosen = static_cast<size_t>(plan.codes[row]);
    draw.AddRect({left(chosen) - 1, corner.y - 1}, {left(chosen + 1), corner.y + height - 1},
                 ui.palette.text, 2);
    const std::string text = fmt::format("{:.0f} %", 100 * ProbabilityOf(plan, row));
    draw.AddText({corner.x + width + number - ImGui::CalcTextSize(text.c_str()).x, corner.y},
                 ui.palette.text, text.c_str());
    const float mouse = ImGui::GetIO().MousePos.x - corner.x;
    if (!ImGui::IsItemHovered() || mouse < 0 || mouse >= width) continue;
    const auto code = std::min(probabilities.size() - 1, static_cast<size_t>(mouse / cell));
    ImGui::SetTooltip("latent action %d: code %d with %.1f %%", static_cast<int>(row) + 1,
                      static_cast<int>(code), 100.0 * static_cast<double>(probabilities[code]));
  }
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
      // pale where the policy was not sure
      const float sure = 0.25F + 0.75F * ProbabilityOf(*past, static_cast<size_t>(row));
      ImVec4 color = ImGui::ColorConvertU32ToFloat4(CodeColor(code, past->num_codes));
      color.w = sure;
      draw.AddRectFilled(at, {at.x + size - 1, at.y + size - 1}, ImColor(color), 2);
      const std::string text = std::to_string(code);
      draw.AddText(ImGui::GetFont(), 0.7F * ui.em, {at.x + 1, at.y + 0.15F * size},
                   sure > 0.6F ? IM_COL32(20, 22, 26, 255) : ui.palette.text, text.c_str());
    }
  }
  ImGui::Dummy({width, size * static_cast<float>(num_rows)});
}

// Draws weights over a picture, each cell from its centre to its neighbours'.
void DrawHeat(const PictureAttention& attention, ImVec2 corner, ImVec2 size) {
  const auto [low, high] = std::ranges::minmax(attention.weights);
  const float range = std::max(high - low, 1e-9F);
  const auto color = [&](int row, int column) {
    const float part =
        (attention.weights[static_cast<size_t>(row * attention.columns + column)] - low) / range;
    return IM_COL32(255, 70 + static_cast<int>(150 * part), 40, static_cast<int>(215 * part));
  };
  const auto part = static_cast<float>(attention.part);
  const ImVec2 cell = {part * size.x / static_cast<float>(attention.columns),
                       part * size.y / static_cast<float>(attention.rows)};
  const ImVec2 first = {corner.x + (1 - part) / 2 * size.x, corner.y + (1 - part) / 2 * size.y};
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRect(first, {first.x + part * size.x, first.y + part * size.y},
               IM_COL32(255, 255, 255, 110));
  draw.PushClipRect(first, {first.x + part * size.x, first.y + part * size.y}, true);
  // squares between the centres of four cells, at the border half outside
  for (int row = -1; row < attention.rows; ++row) {
    for (int column = -1; column < attention.columns; ++column) {
      const int above = std::max(row, 0);
      const int below = std::min(row + 1, attention.rows - 1);
      const int left = std::max(column, 0);
      const int right = std::min(column + 1, attention.columns - 1);
      const ImVec2 at = {first.x + (static_cast<float>(column) + 0.5F) * cell.x,
                         first.y + (static_cast<float>(row) + 0.5F) * cell.y};
      draw.AddRectFilledMultiColor(at, {at.x + cell.x, at.y + cell.y}, color(above, left),
                                   color(above, right), color(below, right), color(below, left));
    }
  }
  draw.PopClipRect();
}

}  // namespace

void PlanPanel::DrawAttention(const PanelContext& context, const PictureAttention& attention) {
  const EpisodeInfo& info = context.recording->info;
  Ui& ui = *context.ui;
  const int step = context.moment->step - 1 - context.moment->plan->age;
  if (step < 0 || info.frames.empty()) return;
  const Moment& from = context.recording->moments[static_cast<size_t>(step)];
  if (moment_ != from.id) {
    moment_ = from.id;
    context.painter->Ask(view_, {info.scene, from.state.snapshot, info.frames[0], std::nullopt});
  }
  if (const std::optional<Image> image = context.painter->Take(view_)) {
    texture_ = ui.surface->Upload(texture_, *image);
  }
  if (texture_ == nullptr) return;
  const float width = std::min(ImGui::GetContentRegionAvail().x, 18 * ui.em);
  const ImVec2 size = {width, width * static_cast<float>(info.frames[0].height) /
                                  static_cast<float>(info.frames[0].width)};
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  ImGui::Image(texture_, size, {0, 1}, {1, 0});
  ui.Place("attention");
  if (!ImGui::IsItemHovered()) DrawHeat(attention, corner, size);
  const float most = *std::ranges::max_element(attention.weights);
  MutedText(ui, fmt::format("Where the action decoder looked at step {}: at most {:.1f} % in one "
                            "of {} patches, evenly it would be {:.1f} %. The mouse over it shows "
                            "the picture alone.",
                            step, 100 * most, attention.weights.size(),
                            100.0 / static_cast<double>(attention.weights.size())));
}

void PlanPanel::Release(Surface& surface) {
  if (texture_ != nullptr) surface.Destroy(texture_);
  texture_ = nullptr;
}

void PlanPanel::Draw(const PanelContext& context) {
  const Ui& ui = *context.ui;
  if (!context.moment->plan) {
    MutedText(ui, context.moment->step == 0 ? "no plan yet" : "this policy tells of no plans");
    return;
  }
  const PolicyPlan& plan = *context.moment->plan;
  MutedText(ui, fmt::format("latent actions {}: how likely each of {} codes was",
                            fmt::join(plan.codes, " "), plan.num_codes));
  DrawProbabilities(context, plan);
  MutedText(ui, "and at the steps up to this one, pale where the policy was not sure");
  DrawCodes(context, plan);
  if (plan.attention) DrawAttention(context, *plan.attention);
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
