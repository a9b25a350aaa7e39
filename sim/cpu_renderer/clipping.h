#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace libero {

// A corner of a polygon: (X, Y, W) as in View, and its distance from a further clip plane.
struct ClipVertex {
  float x = 0, y = 0, w = 0, clip = 0;
};

// Where triangles are cut: W >= near_w, clip >= 0, and X/W and Y/W in [min, max] pixels, which is
// more than the picture.
struct ClipBounds {
  float near_w = 0;
  float min = 0;
  float max = 0;
};

// A triangle cut by six half-spaces has at most nine corners.
struct ClippedPolygon {
  int num_vertices = 0;
  std::array<ClipVertex, 9> vertices{};
};

// What is left of a triangle, in the same order of corners; fewer than 3 vertices: nothing.
[[nodiscard]] ClippedPolygon ClipTriangle(const ClipVertex triangle[3], const ClipBounds& bounds);

}  // namespace libero
