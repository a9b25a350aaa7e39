#pragma once

#include <imgui.h>

namespace libero {

// Of text at scale 1, pixels.
inline constexpr float kTextHeight = 16;

// The viewer's fonts, Roboto in three forms; part of the program.
struct Fonts {
  ImFont* text = nullptr;
  ImFont* strong = nullptr;
  ImFont* title = nullptr;
};

// Adds them to the atlas of ImGui's context, `scale` times their size.
[[nodiscard]] Fonts AddFonts(float scale);

}  // namespace libero
