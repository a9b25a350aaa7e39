#include "sim/cpu_renderer/clipping.h"

#include <algorithm>

namespace libero {
namespace {

constexpr int kNumPlanes = 6;

// How far a vertex is inside the plane, in some unit; negative: outside.
float Inside(const ClipVertex& v, int plane, const ClipBounds& bounds) {
  switch (plane) {
    case 0:
      return v.w - bounds.near_w;
    case 1:
      return v.clip;
    case 2:
      return v.x - bounds.min * v.w;
    case 3:
      return bounds.max * v.w - v.x;
    case 4:
      return v.y - bounds.min * v.w;
    default:
      return bounds.max * v.w - v.y;
  }
}

// Whether the plane cuts nothing off.
bool IsInside(const ClippedPolygon& polygon, int plane, const ClipBounds& bounds) {
  const auto end = polygon.vertices.begin() + polygon.num_vertices;
  return std::all_of(polygon.vertices.begin(), end,
                     [&](const ClipVertex& v) { return Inside(v, plane, bounds) >= 0; });
}

ClipVertex Between(const ClipVertex& a, const ClipVertex& b, float t) {
  return {a.x + t * (b.x - a.x), a.y + t * (b.y - a.y), a.w + t * (b.w - a.w),
          a.clip + t * (b.clip - a.clip)};
}

ClippedPolygon Cut(const ClippedPolygon& polygon, int plane, const ClipBounds& bounds) {
  ClippedPolygon result;
  const auto add = [&](const ClipVertex& v) {
    result.vertices[static_cast<size_t>(result.num_vertices++)] = v;
  };
  for (int i = 0; i < polygon.num_vertices; ++i) {
    const ClipVertex& a = polygon.vertices[static_cast<size_t>(i)];
    const ClipVertex& b = polygon.vertices[static_cast<size_t>((i + 1) % polygon.num_vertices)];
    const float inside_a = Inside(a, plane, bounds);
    const float inside_b = Inside(b, plane, bounds);
    if (inside_a >= 0) add(a);
    if ((inside_a >= 0) == (inside_b >= 0)) continue;
    // from the inside to the outside, so that neighbours that share the edge get the same vertex
    add(inside_a >= 0 ? Between(a, b, inside_a / (inside_a - inside_b))
                      : Between(b, a, inside_b / (inside_b - inside_a)));
  }
  return result;
}

}  // namespace

ClippedPolygon ClipTriangle(const ClipVertex triangle[3], const ClipBounds& bounds) {
  ClippedPolygon polygon{3, {triangle[0], triangle[1], triangle[2]}};
  for (int plane = 0; plane < kNumPlanes && polygon.num_vertices >= 3; ++plane) {
    if (!IsInside(polygon, plane, bounds)) polygon = Cut(polygon, plane, bounds);
  }
  return polygon;
}

}  // namespace libero
