#pragma once

#include <array>

#include <imgui.h>

namespace libero {

// Colours of what panels draw themselves.
struct Palette {
  ImU32 text = 0;
  ImU32 muted = 0;
  ImU32 accent = 0;
  ImU32 good = 0;
  ImU32 bad = 0;
  ImU32 warning = 0;
  ImU32 line = 0;                 // grids and frames
  ImU32 shade = 0;                // behind text on pictures
  ImU32 panel = 0;                // background of plots
  std::array<ImU32, 7> series{};  // curves: x y z, rotations, gripper
};

// Sets ImGui's colours and sizes, and returns the colours that go with them.
Palette ApplyStyle(bool is_dark, float scale);

}  // namespace libero
