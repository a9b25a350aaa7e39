#pragma once

#include "sim/cpu_renderer/draw_list.h"
#include "sim/cpu_renderer/frame_buffers.h"

namespace libero {

// Marks the blocks whose pixels may differ between two frames of the same size: those that what
// moved, came, went or changed its looks touches in one of them, directly or in the reflector. All
// of them, if the camera, the lights, the sky, the reflector or the order of transparent items
// differ. Exact: what is not marked is the same bit by bit, because nothing else reaches across
// pixels (there are no shadows).
void FindDirtyBlocks(const DrawList& before, const DrawList& after, BlockMask& mask);

}  // namespace libero
