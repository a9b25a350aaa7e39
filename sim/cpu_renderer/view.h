#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "sim/cpu_renderer/draw_list.h"

namespace libero {

// Points p with dot(normal, p) + offset >= 0.
struct HalfSpace {
  std::array<double, 3> normal{};
  double offset = 0;
};

// How a camera maps the world to a picture of `width` × `height` pixels: (X, Y, W) = world_to_pixel
// · (p, 1), where W is the distance along the camera's axis in m, and X/W and Y/W are pixels from
// the lower left corner, y up. What is nearer than near_w is not seen.
struct View {
  int width = 0;
  int height = 0;
  std::array<double, 12> world_to_pixel{};  // row-major 3×4
  std::array<double, 3> eye{};              // world, m
  double near_w = 0;
  bool is_mirrored = false;       // front faces run clockwise in the picture
  std::optional<HalfSpace> clip;  // what else is seen only in here, world

  // The direction in which the centre of pixel (0, 0) looks, and its change a pixel further right
  // and up; world, with length 1 along the camera's axis.
  std::array<float, 3> direction{}, direction_dx{}, direction_dy{};
};

[[nodiscard]] View MakeView(const DrawCamera& camera, int width, int height);

// What the reflector's plane shows to the camera of `view`: the same picture of a mirrored world.
// Its eye is where the mirrored world's eye is.
[[nodiscard]] View MakeMirroredView(const View& view, const Reflector& reflector);

// A view of one item: the same maps, from the item's own frame.
struct ItemView {
  Affine to_pixel{};            // object frame to (X, Y, W)
  std::array<float, 3> eye{};   // object frame
  std::array<float, 4> clip{};  // object frame; all zero: no clip plane
  bool has_clip = false;
  bool flips_faces = false;  // front faces run clockwise in the picture
  bool shows_back = false;   // front faces are culled instead of back faces
};

[[nodiscard]] ItemView MakeItemView(const View& view, const DrawItem& item);

}  // namespace libero
