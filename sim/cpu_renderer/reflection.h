#pragma once

#include <span>
#include <vector>

#include "sim/cpu_renderer/draw_list.h"
#include "sim/cpu_renderer/fragment_list.h"

namespace libero {

// Where the reflector is seen: OpenGL's stencil buffer.
struct ReflectorSamples {
  std::vector<uint8_t> bits;  // (height, width) in whole blocks; bit i is sample i
  BlockMask mask;             // blocks with any
};

// Finds the samples of `fragments` that see the reflector's front: the first items of `opaque` are
// the reflector's; of a box, its side in the direction of its z axis reflects. `mask`: what is
// being drawn.
void FindReflectorSamples(std::span<const DrawItem> opaque, const Reflector& reflector,
                          const FragmentList& fragments, const FrameClusters& clusters,
                          const BlockMask& mask, ReflectorSamples& found);

// Adds what is seen in the reflector to its surface, up to 255 a channel.
// source: mujoco@3.3.2:src/render/render_gl3.c (mjr_render: glBlendFunc(GL_ONE, GL_ONE))
void AddReflection(const ReflectorSamples& where, const SampleColors& reflection,
                   SampleColors& samples);

// How many of the first items are parts of the reflector.
[[nodiscard]] size_t CountReflectorItems(std::span<const DrawItem> opaque,
                                         const Reflector& reflector);

}  // namespace libero
