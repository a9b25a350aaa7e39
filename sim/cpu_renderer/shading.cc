#include "sim/cpu_renderer/shading.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/cpu_renderer/shading.cc"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "sim/cpu_renderer/texture_sampling-inl.h"
#include "sim/cpu_renderer/vertex_stage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace {

using Coord = TexCoord<FloatTag>;
using Color = Rgb<FloatTag>;

// What lanes' fragments are interpolated from: for each corner X, Y, W, red, green, blue, s, t, r.
inline constexpr int kNumValues = 9;
struct Corners {
  FloatVec values[3][kNumValues];
};

// Where lanes' fragments are, and which vertices they are between.
struct Lanes {
  FloatVec x, y;  // of the pixel's centre
  alignas(64) int32_t vertices[3][kLanes];
  bool is_one_triangle = true;
};

// `fragments`: the lanes'; the last one is repeated if there are fewer.
HWY_INLINE void FillLanes(const LitVertices& vertices, std::span<const Fragment> fragments,
                          Lanes& lanes) {
  const FloatTag d;
  const IntTag di;
  constexpr auto kNum = static_cast<size_t>(kLanes);
  alignas(64) Fragment padded[kNum];
  const Fragment* first = fragments.data();
  if (fragments.size() < kNum) {
    for (size_t i = 0; i < kNum; ++i) padded[i] = fragments[std::min(i, fragments.size() - 1)];
    first = padded;
  }
  IntVec pixel, triangle;
  hn::LoadInterleaved2(di, reinterpret_cast<const int32_t*>(first), pixel, triangle);
  const IntVec coordinate = hn::Set(di, 4095);
  const FloatVec half = hn::Set(d, 0.5F);
  lanes.x = hn::Add(hn::ConvertTo(d, hn::And(pixel, coordinate)), half);
  lanes.y = hn::Add(hn::ConvertTo(d, hn::And(hn::ShiftRight<12>(pixel), coordinate)), half);
  const auto first_triangle = static_cast<int32_t>(first->triangle);
  lanes.is_one_triangle = hn::AllTrue(di, hn::Eq(triangle, hn::Set(di, first_triangle)));
  if (lanes.is_one_triangle) {
    for (int c = 0; c < 3; ++c) {
      lanes.vertices[c][0] = static_cast<int32_t>(vertices.vertex(first->triangle, c));
    }
    return;
  }
  const IntVec at = hn::Sub(triangle, hn::Set(di, static_cast<int32_t>(vertices.first_id)));
  const auto* words = reinterpret_cast<const int32_t*>(vertices.corners.data());
  const auto* firsts = reinterpret_cast<const int32_t*>(vertices.first_vertex.data());
  const IntVec corners = hn::GatherIndex(di, words, at);
  const IntVec first_vertex = hn::GatherIndex(di, firsts, hn::ShiftRight<kTriangleBits>(at));
  const IntVec byte = hn::Set(di, 255);
  const IntVec numbers[3] = {hn::And(corners, byte), hn::And(hn::ShiftRight<8>(corners), byte),
                             hn::ShiftRight<16>(corners)};
  for (int c = 0; c < 3; ++c) {
    hn::Store(hn::Add(first_vertex, numbers[c]), di, lanes.vertices[c]);
  }
}

HWY_INLINE void LoadCorners(const LitVertices& vertices, const Lanes& lanes, bool has_third,
                            Corners& corners) {
  const FloatTag d;
  const IntTag di;
  const float* position = vertices.position_red.data();
  const float* color = vertices.color_coord.data();
  for (int c = 0; c < 3; ++c) {
    FloatVec* values = corners.values[c];
    values[8] = hn::Zero(d);
    if (lanes.is_one_triangle) {
      const auto vertex = static_cast<size_t>(lanes.vertices[c][0]);
      for (size_t k = 0; k < 4; ++k) {
        values[k] = hn::Set(d, position[4 * vertex + k]);
        values[k + 4] = hn::Set(d, color[4 * vertex + k]);
      }
      if (has_third) values[8] = hn::Set(d, vertices.third_coord[vertex]);
      continue;
    }
    LoadColumns(position, lanes.vertices[c], values);
    LoadColumns(color, lanes.vertices[c], values + 4);
    if (!has_third) continue;
    values[8] = hn::GatherIndex(d, vertices.third_coord.data(), hn::Load(di, lanes.vertices[c]));
  }
}

// Shares of the three corners at the pixel, and their change from pixel to pixel; not normalised.
struct Shares {
  FloatVec e[3], dx[3], dy[3];
  FloatVec inverse_sum, sum_dx, sum_dy;
};

HWY_INLINE FloatVec Difference(FloatVec a, FloatVec b, FloatVec c, FloatVec d) {
  return hn::Sub(hn::Mul(a, b), hn::Mul(c, d));
}

HWY_INLINE Shares SharesOf(const Lanes& lanes, const Corners& corners) {
  const FloatTag d;
  FloatVec x[3], y[3], w[3];
  for (int c = 0; c < 3; ++c) {
    w[c] = corners.values[c][2];
    x[c] = hn::Sub(corners.values[c][0], hn::Mul(lanes.x, w[c]));
    y[c] = hn::Sub(corners.values[c][1], hn::Mul(lanes.y, w[c]));
  }
  Shares s;
  for (int c = 0; c < 3; ++c) {
    const int a = (c + 1) % 3;
    const int b = (c + 2) % 3;
    s.e[c] = Difference(x[a], y[b], x[b], y[a]);
    s.dx[c] = Difference(w[b], y[a], w[a], y[b]);
    s.dy[c] = Difference(w[a], x[b], w[b], x[a]);
  }
  const FloatVec sum = hn::Add(hn::Add(s.e[0], s.e[1]), s.e[2]);
  s.inverse_sum = hn::Div(hn::Set(d, 1.0F), sum);
  s.sum_dx = hn::Add(hn::Add(s.dx[0], s.dx[1]), s.dx[2]);
  s.sum_dy = hn::Add(hn::Add(s.dy[0], s.dy[1]), s.dy[2]);
  return s;
}

// Σ share·value of the corners, not normalised.
HWY_INLINE FloatVec Sum(const FloatVec (&shares)[3], const Corners& corners, int k) {
  return hn::Add(
      hn::Add(hn::Mul(shares[0], corners.values[0][k]), hn::Mul(shares[1], corners.values[1][k])),
      hn::Mul(shares[2], corners.values[2][k]));
}

HWY_INLINE Coord CoordOf(const Shares& s, const Corners& corners, int k) {
  Coord coord;
  coord.value = hn::Mul(Sum(s.e, corners, k), s.inverse_sum);
  coord.dx = hn::Mul(hn::Sub(Sum(s.dx, corners, k), hn::Mul(coord.value, s.sum_dx)), s.inverse_sum);
  coord.dy = hn::Mul(hn::Sub(Sum(s.dy, corners, k), hn::Mul(coord.value, s.sum_dy)), s.inverse_sum);
  return coord;
}

HWY_INLINE FloatVec ColorOf(const Shares& s, const Corners& corners, int k) {
  const FloatTag d;
  const FloatVec value = hn::Mul(Sum(s.e, corners, k), s.inverse_sum);
  // false for NaN, which triangles without area in the picture may give
  return hn::IfThenElseZero(hn::Gt(value, hn::Zero(d)), value);
}

// 8 bits a channel.
HWY_INLINE void StoreColors(const Color& color, uint32_t* colors, size_t num) {
  const FloatTag d;
  const IntTag di;
  const hn::RebindToUnsigned<IntTag> du;
  const auto byte = [&](FloatVec channel) HWY_ATTR {
    return hn::NearestInt(hn::Mul(hn::Min(channel, hn::Set(d, 1.0F)), hn::Set(d, 255.0F)));
  };
  const IntVec r = byte(color.r);
  const IntVec g = byte(color.g);
  const IntVec b = byte(color.b);
  const IntVec rgb = hn::Or(hn::Or(r, hn::ShiftLeft<8>(g)), hn::ShiftLeft<16>(b));
  if (num == static_cast<size_t>(kLanes)) {
    hn::StoreU(hn::BitCast(du, rgb), du, colors);
    return;
  }
  alignas(64) int32_t values[kLanes];
  hn::Store(rgb, di, values);
  for (size_t i = 0; i < num; ++i) colors[i] = static_cast<uint32_t>(values[i]);
}

HWY_INLINE Color Times(const Color& a, const Color& b) {
  return {hn::Mul(a.r, b.r), hn::Mul(a.g, b.g), hn::Mul(a.b, b.b)};
}

void Shade(const DrawItem& item, const LitVertices& vertices, std::span<const Fragment> fragments,
           uint32_t* colors) {
  const FloatTag d;
  const bool is_cube = item.mapping == TextureMapping::kCube;
  const bool has_texture = item.texture != nullptr && item.mapping != TextureMapping::kNone;
  Lanes lanes;
  Corners corners;
  for (size_t i = 0; i < fragments.size(); i += static_cast<size_t>(kLanes)) {
    const size_t num = std::min(fragments.size() - i, static_cast<size_t>(kLanes));
    FillLanes(vertices, fragments.subspan(i, num), lanes);
    LoadCorners(vertices, lanes, is_cube, corners);
    const Shares shares = SharesOf(lanes, corners);
    Color color = {ColorOf(shares, corners, 3), ColorOf(shares, corners, 4),
                   ColorOf(shares, corners, 5)};
    if (has_texture) {
      const Coord s = CoordOf(shares, corners, 6);
      const Coord t = CoordOf(shares, corners, 7);
      color = Times(color,
                    is_cube ? SampleTextureCube(d, *item.texture, s, t, CoordOf(shares, corners, 8))
                            : SampleTexture2d(d, *item.texture, s, t));
    }
    StoreColors(color, colors + i, num);
  }
}

void ShadeSky(const View& view, const Texture& skybox, std::span<const Fragment> fragments,
              uint32_t* colors) {
  const FloatTag d;
  alignas(64) float x[kLanes];
  alignas(64) float y[kLanes];
  for (size_t i = 0; i < fragments.size(); i += static_cast<size_t>(kLanes)) {
    const size_t num = std::min(fragments.size() - i, static_cast<size_t>(kLanes));
    for (size_t lane = 0; lane < static_cast<size_t>(kLanes); ++lane) {
      const uint32_t pixel = fragments[i + std::min(lane, num - 1)].pixel;
      x[lane] = static_cast<float>(pixel & 4095U);
      y[lane] = static_cast<float>(pixel >> 12 & 4095U);
    }
    const auto direction = [&](size_t axis, float sign) {
      const FloatVec dx = hn::Set(d, sign * view.direction_dx[axis]);
      const FloatVec dy = hn::Set(d, sign * view.direction_dy[axis]);
      const FloatVec along_x = hn::Mul(hn::Load(d, x), dx);
      const FloatVec along_y = hn::Mul(hn::Load(d, y), dy);
      return Coord{hn::Add(hn::Set(d, sign * view.direction[axis]), hn::Add(along_x, along_y)), dx,
                   dy};
    };
    StoreColors(SampleTextureCube(d, skybox, direction(0, 1), direction(2, 1), direction(1, -1)),
                colors + i, num);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace libero {

HWY_EXPORT(Shade);
HWY_EXPORT(ShadeSky);

void ShadeFragments(const DrawItem& item, const LitVertices& vertices,
                    std::span<const Fragment> fragments, std::vector<uint32_t>& colors) {
  colors.resize(fragments.size());
  if (fragments.empty()) return;
  HWY_DYNAMIC_DISPATCH(Shade)(item, vertices, fragments, colors.data());
}

void ShadeBackground(const View& view, const Texture* skybox, std::span<const Fragment> fragments,
                     std::vector<uint32_t>& colors) {
  colors.assign(fragments.size(), 0);
  if (fragments.empty() || skybox == nullptr) return;
  HWY_DYNAMIC_DISPATCH(ShadeSky)(view, *skybox, fragments, colors.data());
}

}  // namespace libero
#endif  // HWY_ONCE
