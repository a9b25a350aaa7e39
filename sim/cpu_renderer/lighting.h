#pragma once

#include <span>

#include "sim/cpu_renderer/draw_list.h"
#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/view.h"

namespace libero {

// Corners of an item's visible triangles, ready to be interpolated.
struct LitVertices {
  size_t num_vertices = 0;
  AlignedVector<float> position_red;  // (vertices, 4) X, Y, W as in View, and red
  AlignedVector<float> color_coord;   // (vertices, 4) green, blue, and s, t of the texture
  AlignedVector<float> third_coord;   // (vertices) r, of cubes only

  TriangleId first_id = 0;             // of the item's first cluster
  std::vector<uint32_t> first_vertex;  // (clusters) a cluster's first one, where it is visible
  // (clusters, 1 << kTriangleBits) three bytes for the vertices of a visible triangle's corners,
  // counted from the cluster's first one
  std::vector<uint32_t> corners;

  [[nodiscard]] size_t vertex(TriangleId id, int corner) const {
    const TriangleId at = id - first_id;
    return first_vertex[at >> kTriangleBits] + (corners[at] >> (8 * corner) & 255U);
  }

  void MakeRoom(size_t num);          // for so many more
  std::vector<float> cutoff_cosines;  // (lights) for LightVertices
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
// but that Mesa has (n·l)^(n·l) in the place of the power of n·h where shininess is 0 and the light
// is attenuated (it has a spot's cutoff, or a polynomial other than 1), with
//   a = max(-l·direction, 0)^exponent inside a spot's cutoff, 0 outside, over the distance's
//       polynomial; 1 for directional lights
// Also computes texture coordinates; see TextureMapping.
// source: mesa@22.3.6:src/mesa/main/ffvertex_prog.c (build_lighting)
// `visible_triangles`: see FragmentList. Replaces what `vertices` holds.
void LightVertices(const ShadingPass& pass, size_t item,
                   std::span<const uint64_t> visible_triangles, LitVertices& vertices);

}  // namespace libero
