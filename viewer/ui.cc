#include "viewer/ui.h"

#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numbers>
#include <sstream>

namespace libero {
namespace {

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void DrawTriangle(ImDrawList& draw, ImVec2 c, float r, float direction, ImU32 color) {
  const ImVec2 tip = {c.x + direction * r, c.y};
  const ImVec2 upper = {c.x - direction * r * 0.8F, c.y - r};
  const ImVec2 lower = {c.x - direction * r * 0.8F, c.y + r};
  // ImGui fills triangles that go round clockwise
  if (direction > 0) {
    draw.AddTriangleFilled(upper, tip, lower, color);
  } else {
    draw.AddTriangleFilled(tip, upper, lower, color);
  }
}

void DrawBar(ImDrawList& draw, float x, ImVec2 c, float r, ImU32 color) {
  draw.AddRectFilled({x - r * 0.18F, c.y - r}, {x + r * 0.18F, c.y + r}, color);
}

void DrawIcon(Icon icon, ImVec2 c, float r, ImU32 color) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  switch (icon) {
    case Icon::kPlay:
      DrawTriangle(draw, {c.x + r * 0.1F, c.y}, r, 1, color);
      break;
    case Icon::kPause:
      draw.AddRectFilled({c.x - r * 0.8F, c.y - r}, {c.x - r * 0.2F, c.y + r}, color);
      draw.AddRectFilled({c.x + r * 0.2F, c.y - r}, {c.x + r * 0.8F, c.y + r}, color);
      break;
    case Icon::kStepForward:
      DrawTriangle(draw, {c.x + r * 0.25F, c.y}, r * 0.85F, 1, color);
      DrawBar(draw, c.x - r * 0.75F, c, r * 0.85F, color);
      break;
    case Icon::kStepBack:
      DrawTriangle(draw, {c.x - r * 0.25F, c.y}, r * 0.85F, -1, color);
      DrawBar(draw, c.x + r * 0.75F, c, r * 0.85F, color);
      break;
    case Icon::kSubstep:
      DrawTriangle(draw, {c.x + r * 0.35F, c.y}, r * 0.6F, 1, color);
      for (const float x : {-0.9F, -0.55F}) DrawBar(draw, c.x + r * x, c, r * 0.6F, color);
      break;
    case Icon::kToStart:
    case Icon::kToEnd: {
      const float direction = icon == Icon::kToEnd ? 1 : -1;
      DrawTriangle(draw, {c.x - direction * r * 0.1F, c.y}, r * 0.85F, direction, color);
      DrawBar(draw, c.x + direction * r * 0.85F, c, r * 0.85F, color);
      break;
    }
    case Icon::kRestart: {
      constexpr auto kPi = std::numbers::pi_v<float>;
      draw.PathArcTo(c, r * 0.8F, -0.2F * kPi, 1.4F * kPi, 20);
      draw.PathStroke(color, 0, r * 0.28F);
      const ImVec2 end = {c.x + r * 0.8F * std::cos(-0.2F * kPi),
                          c.y + r * 0.8F * std::sin(-0.2F * kPi)};
      draw.AddTriangleFilled({end.x + r * 0.1F, end.y - r * 0.75F},
                             {end.x + r * 0.35F, end.y + r * 0.3F},
                             {end.x - r * 0.65F, end.y - r * 0.05F}, color);
      break;
    }
  }
}

}  // namespace

void FitText(Ui& ui) {
  const float scale = ui.surface->scale() * static_cast<float>(ui.settings->zoom) * ui.scale;
  if (ui.fonts.text != nullptr && ui.em == kTextHeight * scale) return;
  ui.em = kTextHeight * scale;
  ImGui::GetIO().Fonts->Clear();
  ui.fonts = AddFonts(scale);
  ui.surface->TakeFonts();
  ui.palette = ApplyStyle(ui.settings->is_dark, scale);
}

void ColoredText(ImU32 color, const std::string& text) {
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopStyleColor();
}

void FontText(ImFont* font, const std::string& text) {
  ImGui::PushFont(font);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopFont();
}

void MutedText(const Ui& ui, const std::string& text) {
  ImGui::PushTextWrapPos(0);
  ColoredText(ui.palette.muted, text);
  ImGui::PopTextWrapPos();
}

bool HoldsWords(const std::string& text, const std::string& words) {
  const std::string lower = Lower(text);
  std::istringstream stream(Lower(words));
  std::string word;
  while (stream >> word) {
    if (lower.find(word) == std::string::npos) return false;
  }
  return true;
}

int SearchCombo(const char* id, const std::string& preview, const std::vector<std::string>& items,
                int selected, std::string& filter) {
  int chosen = -1;
  const float width = std::max(ImGui::CalcItemWidth(), 26 * ImGui::GetFontSize());
  ImGui::SetNextWindowSizeConstraints({width, 0}, {width, 24 * ImGui::GetFontSize()});
  if (!ImGui::BeginCombo(id, preview.c_str(), ImGuiComboFlags_HeightLargest)) return chosen;
  const bool is_new = ImGui::IsWindowAppearing();
  if (is_new) {
    filter.clear();
    ImGui::SetKeyboardFocusHere();
  }
  ImGui::SetNextItemWidth(-1);
  const bool is_entered =
      ImGui::InputTextWithHint("##filter", "search", &filter, ImGuiInputTextFlags_EnterReturnsTrue);
  int first = -1;
  for (int i = 0; i < static_cast<int>(items.size()); ++i) {
    const std::string& item = items[static_cast<size_t>(i)];
    if (!HoldsWords(item, filter)) continue;
    if (first < 0) first = i;
    ImGui::PushID(i);
    if (ImGui::Selectable(item.c_str(), i == selected)) chosen = i;
    ImGui::PopID();
    if (is_new && i == selected) ImGui::SetScrollHereY();
  }
  if (first < 0) ImGui::TextDisabled("nothing fits");
  if (is_entered && first >= 0) {
    chosen = first;
    ImGui::CloseCurrentPopup();
  }
  ImGui::EndCombo();
  return chosen;
}

bool IconButton(Ui& ui, const std::string& name, Icon icon, const char* tip) {
  const float size = ImGui::GetFrameHeight() * 1.15F;
  const bool is_clicked = ImGui::Button(("##" + name).c_str(), {size * 1.15F, size});
  ui.Place(name);
  const ImVec2 min = ImGui::GetItemRectMin();
  const ImVec2 max = ImGui::GetItemRectMax();
  DrawIcon(icon, {(min.x + max.x) / 2, (min.y + max.y) / 2}, size * 0.24F, ui.palette.text);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", tip);
  return is_clicked;
}

}  // namespace libero
