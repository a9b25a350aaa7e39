#include "viewer/painter.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace libero {
namespace {

constexpr int kSubpixels = 256;  // of a pixel, both ways: vertices are rounded to them

struct Color {
  float r = 0;
  float g = 0;
  float b = 0;
  float a = 0;
};

struct Point {
  int64_t x = 0;  // subpixels
  int64_t y = 0;
};

struct Rect {  // pixels, ends excluded
  int x0 = 0;
  int y0 = 0;
  int x1 = 0;
  int y1 = 0;
};

Color Unpack(ImU32 color) {
  const auto channel = [&](int shift) {
    return static_cast<float>((color >> shift) & 0xFF);
  };
  return {channel(IM_COL32_R_SHIFT), channel(IM_COL32_G_SHIFT), channel(IM_COL32_B_SHIFT),
          channel(IM_COL32_A_SHIFT)};
}

Color Texel(const Bitmap& texture, int x, int y) {
  x = std::clamp(x, 0, texture.width - 1);
  y = std::clamp(y, 0, texture.height - 1);
  const uint8_t* p =
      &texture.rgba[4 * (static_cast<size_t>(y) * static_cast<size_t>(texture.width) +
                         static_cast<size_t>(x))];
  return {static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2]),
          static_cast<float>(p[3])};
}

// Bilinear.
Color Sample(const Bitmap& texture, float u, float v) {
  const float x = u * static_cast<float>(texture.width) - 0.5F;
  const float y = v * static_cast<float>(texture.height) - 0.5F;
  const auto x0 = static_cast<int>(std::floor(x));
  const auto y0 = static_cast<int>(std::floor(y));
  const float fx = x - static_cast<float>(x0);
  const float fy = y - static_cast<float>(y0);
  const Color c00 = Texel(texture, x0, y0);
  const Color c10 = Texel(texture, x0 + 1, y0);
  const Color c01 = Texel(texture, x0, y0 + 1);
  const Color c11 = Texel(texture, x0 + 1, y0 + 1);
  const auto mix = [&](float a, float b, float c, float d) {
    return (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy;
  };
  return {mix(c00.r, c10.r, c01.r, c11.r), mix(c00.g, c10.g, c01.g, c11.g),
          mix(c00.b, c10.b, c01.b, c11.b), mix(c00.a, c10.a, c01.a, c11.a)};
}

void Blend(uint8_t* pixel, const Color& color) {
  const float alpha = color.a / 255;
  const auto mix = [&](uint8_t& old, float value) {
    old = static_cast<uint8_t>(value * alpha + static_cast<float>(old) * (1 - alpha) + 0.5F);
  };
  mix(pixel[0], color.r);
  mix(pixel[1], color.g);
  mix(pixel[2], color.b);
  pixel[3] = 255;
}

// Twice the area of (a, b, p): positive inside, for the winding that DrawTriangle makes.
int64_t Edge(const Point& a, const Point& b, const Point& p) {
  return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
}

// Of two triangles that share an edge, whether points on it belong to the one that has it this way.
bool OwnsEdge(const Point& a, const Point& b) {
  return a.y > b.y || (a.y == b.y && a.x < b.x);
}

class TrianglePainter {
 public:
  TrianglePainter(const ImDrawVert* const* vertices, const Bitmap* texture)
      : v_{vertices[0], vertices[1], vertices[2]}, texture_(texture) {
    for (size_t i = 0; i < 3; ++i) {
      p_[i] = {std::llround(v_[i]->pos.x * kSubpixels), std::llround(v_[i]->pos.y * kSubpixels)};
    }
    if (Edge(p_[0], p_[1], p_[2]) < 0) {
      std::swap(p_[1], p_[2]);
      std::swap(v_[1], v_[2]);
    }
    for (size_t i = 0; i < 3; ++i) {
      colors_[i] = Unpack(v_[i]->col);
      bias_[i] = OwnsEdge(p_[i], p_[(i + 1) % 3]) ? 0 : -1;
    }
  }

  void Paint(const Rect& clip, Bitmap& target) const {
    const int64_t area = Edge(p_[0], p_[1], p_[2]);
    if (area == 0) return;
    const auto [left, right] = std::minmax({p_[0].x, p_[1].x, p_[2].x});
    const auto [top, bottom] = std::minmax({p_[0].y, p_[1].y, p_[2].y});
    const int x0 = std::max(clip.x0, static_cast<int>(left / kSubpixels) - 1);
    const int x1 = std::min(clip.x1, static_cast<int>(right / kSubpixels) + 1);
    const int y0 = std::max(clip.y0, static_cast<int>(top / kSubpixels) - 1);
    const int y1 = std::min(clip.y1, static_cast<int>(bottom / kSubpixels) + 1);
    for (int y = y0; y < y1; ++y) {
      for (int x = x0; x < x1; ++x) PaintPixel(x, y, static_cast<float>(area), target);
    }
  }

 private:
  void PaintPixel(int x, int y, float area, Bitmap& target) const {
    const Point centre = {x * kSubpixels + kSubpixels / 2, y * kSubpixels + kSubpixels / 2};
    const int64_t w0 = Edge(p_[1], p_[2], centre);
    const int64_t w1 = Edge(p_[2], p_[0], centre);
    const int64_t w2 = Edge(p_[0], p_[1], centre);
    if (w0 + bias_[1] < 0 || w1 + bias_[2] < 0 || w2 + bias_[0] < 0) return;
    const float a = static_cast<float>(w0) / area;
    const float b = static_cast<float>(w1) / area;
    const float c = 1 - a - b;
    const auto mix = [&](float i, float j, float k) {
      return a * i + b * j + c * k;
    };
    Color color = {mix(colors_[0].r, colors_[1].r, colors_[2].r),
                   mix(colors_[0].g, colors_[1].g, colors_[2].g),
                   mix(colors_[0].b, colors_[1].b, colors_[2].b),
                   mix(colors_[0].a, colors_[1].a, colors_[2].a)};
    if (texture_ != nullptr) {
      const Color texel = Sample(*texture_, mix(v_[0]->uv.x, v_[1]->uv.x, v_[2]->uv.x),
                                 mix(v_[0]->uv.y, v_[1]->uv.y, v_[2]->uv.y));
      color = {color.r * texel.r / 255, color.g * texel.g / 255, color.b * texel.b / 255,
               color.a * texel.a / 255};
    }
    Blend(&target.rgba[4 * (static_cast<size_t>(y) * static_cast<size_t>(target.width) +
                            static_cast<size_t>(x))],
          color);
  }

  std::array<const ImDrawVert*, 3> v_;
  std::array<Point, 3> p_;
  std::array<Color, 3> colors_;
  std::array<int64_t, 3> bias_{};  // of the edge from vertex i to the next one
  const Bitmap* texture_;
};

void PaintCommand(const ImDrawList& list, const ImDrawCmd& command, Bitmap& target) {
  const Rect clip = {std::max(0, static_cast<int>(command.ClipRect.x)),
                     std::max(0, static_cast<int>(command.ClipRect.y)),
                     std::min(target.width, static_cast<int>(command.ClipRect.z)),
                     std::min(target.height, static_cast<int>(command.ClipRect.w))};
  const auto* texture = static_cast<const Bitmap*>(command.GetTexID());
  for (unsigned i = 0; i + 2 < command.ElemCount; i += 3) {
    std::array<const ImDrawVert*, 3> vertices{};
    for (unsigned k = 0; k < 3; ++k) {
      const int index = list.IdxBuffer[static_cast<int>(command.IdxOffset + i + k)];
      vertices[k] = &list.VtxBuffer[static_cast<int>(command.VtxOffset) + index];
    }
    TrianglePainter(vertices.data(), texture).Paint(clip, target);
  }
}

}  // namespace

void Paint(const ImDrawData& data, Bitmap& target) {
  for (int i = 0; i < data.CmdListsCount; ++i) {
    const ImDrawList& list = *data.CmdLists[i];
    for (const ImDrawCmd& command : list.CmdBuffer) {
      if (command.UserCallback == nullptr) PaintCommand(list, command, target);
    }
  }
}

}  // namespace libero
