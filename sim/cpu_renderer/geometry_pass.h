#pragma once

#include <span>
#include <vector>

#include "sim/cpu_renderer/draw_list.h"
#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/view.h"

namespace libero {

// Where in a pixel it is decided which triangles cover it.
enum class SamplePattern {
  kFour,    // Mesa's 4× multisampling
  kCenter,  // all four samples at the pixel's centre
};

// The first half of drawing: finds out which triangle each sample sees. Clusters that are out of
// the picture or face away are passed over (culling.h); the others' positions are mapped to the
// picture, 16 at a time, and snapped to 1/256 pixel; their triangles are tested against samples,
// small ones 16 at a time against the 16 samples of 2×2 pixels, larger ones alone against the 16 of
// four pixels of a row (triangle_batch-inl.h, raster_stage-inl.h). Triangles that reach behind the
// eye or far out of the picture are clipped first (clipping.h).
//
// A sample is covered if it is inside all three edges; on an edge, if that is a left or a lower
// one. Among triangles that cover a sample that with the largest 1/W is seen, of equals the last.
struct GeometryPass {
  const View& view;
  std::span<const DrawItem> items;
  uint32_t first_item = 0;  // what FrameClusters::item calls the first of them
  const BlockMask& mask;    // samples of other blocks are neither read nor written
  SamplePattern pattern = SamplePattern::kFour;
};

// Draws the items over what the buffer shows already, and appends their clusters.
void DrawOpaque(const GeometryPass& pass, VisibilityBuffer& buffer, FrameClusters& clusters);

// Appends the fragments of the items (but those with alpha <= 0) that are not hidden by what the
// buffer shows, which stays as it is, in the order of the items.
void DrawTransparent(const GeometryPass& pass, const VisibilityBuffer& buffer,
                     FrameClusters& clusters, std::vector<Fragment>& fragments);

}  // namespace libero
