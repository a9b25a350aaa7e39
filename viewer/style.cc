#include "viewer/style.h"

namespace libero {
namespace {

ImVec4 Rgb(unsigned rgb, float alpha = 1) {
  return {static_cast<float>((rgb >> 16) & 0xFF) / 255, static_cast<float>((rgb >> 8) & 0xFF) / 255,
          static_cast<float>(rgb & 0xFF) / 255, alpha};
}

ImU32 Packed(unsigned rgb, float alpha = 1) {
  return ImGui::ColorConvertFloat4ToU32(Rgb(rgb, alpha));
}

// The few tones that everything is made of.
struct Tones {
  unsigned background, panel, raised, hovered, active, line, text, muted, accent;
};

constexpr Tones kDark = {0x16181D, 0x1D2027, 0x2A2E38, 0x363C49, 0x434B5B,
                         0x343945, 0xE6E8EC, 0x949BA8, 0x5B9DFF};
constexpr Tones kLight = {0xEDEFF3, 0xFAFBFC, 0xE3E7EE, 0xD3DAE6, 0xC0CADB,
                          0xCDD3DD, 0x1B1F27, 0x66707F, 0x1F6FEB};

void SetColors(const Tones& tones) {
  const std::pair<ImGuiCol, ImVec4> colors[] = {
      {ImGuiCol_Text, Rgb(tones.text)},
      {ImGuiCol_TextDisabled, Rgb(tones.muted)},
      {ImGuiCol_WindowBg, Rgb(tones.background)},
      {ImGuiCol_ChildBg, Rgb(tones.panel)},
      {ImGuiCol_PopupBg, Rgb(tones.panel)},
      {ImGuiCol_Border, Rgb(tones.line)},
      {ImGuiCol_FrameBg, Rgb(tones.raised)},
      {ImGuiCol_FrameBgHovered, Rgb(tones.hovered)},
      {ImGuiCol_FrameBgActive, Rgb(tones.active)},
      {ImGuiCol_Button, Rgb(tones.raised)},
      {ImGuiCol_ButtonHovered, Rgb(tones.hovered)},
      {ImGuiCol_ButtonActive, Rgb(tones.active)},
      {ImGuiCol_Header, Rgb(tones.raised)},
      {ImGuiCol_HeaderHovered, Rgb(tones.hovered)},
      {ImGuiCol_HeaderActive, Rgb(tones.active)},
      {ImGuiCol_CheckMark, Rgb(tones.accent)},
      {ImGuiCol_SliderGrab, Rgb(tones.accent)},
      {ImGuiCol_SliderGrabActive, Rgb(tones.accent)},
      {ImGuiCol_Separator, Rgb(tones.line)},
      {ImGuiCol_SeparatorHovered, Rgb(tones.accent)},
      {ImGuiCol_SeparatorActive, Rgb(tones.accent)},
      {ImGuiCol_ScrollbarBg, Rgb(tones.panel, 0)},
      {ImGuiCol_ScrollbarGrab, Rgb(tones.hovered)},
      {ImGuiCol_ScrollbarGrabHovered, Rgb(tones.active)},
      {ImGuiCol_ScrollbarGrabActive, Rgb(tones.active)},
      {ImGuiCol_TableBorderLight, Rgb(tones.line)},
      {ImGuiCol_TableBorderStrong, Rgb(tones.line)},
      {ImGuiCol_TableHeaderBg, Rgb(tones.raised)},
      {ImGuiCol_TextSelectedBg, Rgb(tones.accent, 0.35F)},
      {ImGuiCol_NavHighlight, Rgb(tones.accent)},
      {ImGuiCol_ModalWindowDimBg, Rgb(0x000000, 0.45F)},
  };
  for (const auto& [index, color] : colors) ImGui::GetStyle().Colors[index] = color;
}

}  // namespace

Palette ApplyStyle(bool is_dark, float scale) {
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.WindowPadding = {10, 8};
  style.FramePadding = {8, 5};
  style.ItemSpacing = {8, 6};
  style.ItemInnerSpacing = {6, 4};
  style.WindowRounding = 0;
  style.ChildRounding = 4;
  style.FrameRounding = 4;
  style.GrabRounding = 4;
  style.PopupRounding = 4;
  style.ScrollbarRounding = 4;
  style.ScrollbarSize = 10;
  style.WindowBorderSize = 0;
  style.ChildBorderSize = 0;
  style.ScaleAllSizes(scale);
  const Tones& tones = is_dark ? kDark : kLight;
  SetColors(tones);
  const bool d = is_dark;
  return {.text = Packed(tones.text),
          .muted = Packed(tones.muted),
          .accent = Packed(tones.accent),
          .good = Packed(d ? 0x4CC38A : 0x1A7F4B),
          .bad = Packed(d ? 0xF2726B : 0xC93A34),
          .warning = Packed(d ? 0xE9B44C : 0xA86B00),
          .line = Packed(tones.line),
          .shade = Packed(0x101217, 0.72F),
          .panel = Packed(tones.background),
          .series = {Packed(d ? 0xF2726B : 0xC93A34), Packed(d ? 0x4CC38A : 0x1A7F4B),
                     Packed(d ? 0x5B9DFF : 0x1F6FEB), Packed(d ? 0xE9B44C : 0xA86B00),
                     Packed(d ? 0x56C7D6 : 0x0B7A8A), Packed(d ? 0xC58AF9 : 0x7B3FC4),
                     Packed(d ? 0xB8BEC9 : 0x4B5563)}};
}

}  // namespace libero
