#pragma once

#include <cstdint>
#include <vector>

#include <imgui.h>

namespace libero {

// Pixels that can be drawn on, and drawn from as a texture. Row 0 is the top row.
struct Bitmap {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgba;  // (height, width, 4)
};

// Draws a frame of ImGui's without OpenGL. Textures (ImTextureID) must be `const Bitmap*`, or null
// for white. Triangles as OpenGL draws them without multisampling: a pixel belongs to the triangle
// that its centre is in, and on edges that two share to one of them; textures are interpolated and
// clamped.
void Paint(const ImDrawData& data, Bitmap& target);

}  // namespace libero
