#pragma once

#include <span>

#include "sim/cpu_renderer/draw_list.h"
#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/view.h"

namespace libero {

// Corners of visible triangles, ready to be interpolated.
struct LitVertices {
  std::vector<uint32_t> first;         // (slots) a cluster's first vertex, where it is visible
  std::vector<uint32_t> first_number;  // (slots) of the cluster's attributes in `numbers`
  std::vector<uint8_t> numbers;        // an attribute's vertex, counted from the cluster's first
  size_t num_vertices = 0;
  AlignedVector<float> position_red;  // (vertices, 4) X, Y, W as in View, and red
  AlignedVector<float> color_coord;   // (vertices, 4) green, blue, and s, t of the texture
  AlignedVector<float> third_coord;   // (vertices) r, of cubes only

  void MakeRoom();  // for num_vertices

  std::vector<float> cutoff_cosines;  // (lights) for LightVertices
  [[nodiscard]] size_t vertex(size_t slot, size_t attribute) const {
    return first[slot] + size_t{numbers[first_number[slot] + attribute]};
  }
};

// What the pictures of one pass have in common.
struct ShadingPass {
  const View& view;
  std::span<const DrawItem> items;  // all that FrameClusters::item refers to
  std::span<const DrawLight> lights;
  const FrameClusters& clusters;
  float color_scale = 1;  // of the items' colours: less in reflections
};

// Computes the colours of the corners of visible triangles as OpenGL's fixed pipeline does with a
// local viewer and one colour: with n the normal, l towards the light, v towards the eye,
// h = normalize(l + v), and all clamped to [0, 1],
//   rgb = color·(emission + Σ a·(ambient + diffuse·max(n·l, 0)))
//         + specular·Σ a·[n·l > 0]·light's specular·max(n·h, 0)^(128·shininess)
//   a = max(-l·direction, 0)^exponent inside a spot's cutoff, 0 outside, over the distance's
//       polynomial; 1 for directional lights
// Also computes texture coordinates; see TextureMapping.
// `visible_triangles`: see FragmentList.
void LightVertices(const ShadingPass& pass, std::span<const uint64_t> visible_triangles,
                   LitVertices& vertices);

}  // namespace libero
