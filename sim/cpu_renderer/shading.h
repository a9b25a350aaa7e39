#pragma once

#include <span>
#include <vector>

#include "sim/cpu_renderer/lighting.h"

namespace libero {

// Computes the colours of fragments of one item, R | G << 8 | B << 16 each. A fragment's colour is
// that at its pixel's centre, even if the triangle only covers other parts of the pixel: corners'
// colours are interpolated, multiplied by the texture, and only then cut to [0, 1]: small triangles'
// colours are above 1 at many a pixel's centre, outside of them.
//
// With (X, Y, W)i the corners and X' = X - x·W, Y' = Y - y·W for a pixel's centre (x, y), corner
// 0's share of the interpolation, right in perspective, is e0/(e0 + e1 + e2) with
// e0 = X'1·Y'2 - X'2·Y'1, and so on. This holds for triangles that reach behind the eye, too, and
// gives the exact changes of texture coordinates from pixel to pixel.
// `vertices`: of the item.
void ShadeFragments(const DrawItem& item, const LitVertices& vertices,
                    std::span<const Fragment> fragments, std::vector<uint32_t>& colors);

// The same for fragments that show the skybox, which is looked up in direction (x, z, -y).
// source: mujoco@3.3.2:src/render/render_gl3.c (settexture, mjtexSKYBOX)
void ShadeBackground(const View& view, const Texture* skybox, std::span<const Fragment> fragments,
                     std::vector<uint32_t>& colors);

}  // namespace libero
