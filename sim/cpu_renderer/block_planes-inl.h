// What a triangle covers of blocks, for code that Highway compiles once for each instruction set
// (which is why the include guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_BLOCK_PLANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_BLOCK_PLANES_INL_H_
#undef LIBERO_BLOCK_PLANES_INL_H_
#else
#define LIBERO_BLOCK_PLANES_INL_H_
#endif

#include <hwy/highway.h>

#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/sample_pattern-inl.h"
#include "sim/cpu_renderer/sample_sinks-inl.h"
#include "sim/cpu_renderer/vertex_stage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// One triangle's edge functions and 1/W at the samples of any block, relative to the values at the
// block's centre.
template <class Samples>
struct BlockPlanes {
  IntVec edges[3][kRowParts];  // of the lowest row
  IntVec steps[3];             // a row further
  FloatVec depth[kBlockSize][kRowParts];
  TriangleId id;

  HWY_INLINE BlockPlanes(const int32_t (&dx)[3], const int32_t (&dy)[3], float depth_x,
                         float depth_y, TriangleId triangle)
      : id(triangle) {
    const FloatTag d;
    const IntTag di;
    const RowLanes<Samples>& lanes = kRowSamples<Samples>;
    const IntVec half = hn::Set(di, kBlock / 2);
    for (int i = 0; i < kRowParts; ++i) {
      const IntVec x = hn::Sub(hn::Load(di, lanes.x + i * kLanes), half);
      const IntVec y = hn::Sub(hn::Load(di, lanes.y + i * kLanes), half);
      for (int e = 0; e < 3; ++e) {
        edges[e][i] = hn::Sub(hn::Mul(hn::Set(di, dx[e]), y), hn::Mul(hn::Set(di, dy[e]), x));
      }
      const FloatVec along_x = hn::Mul(hn::Set(d, depth_x), hn::ConvertTo(d, x));
      for (int row = 0; row < kBlockSize; ++row) {
        const FloatVec row_y = hn::ConvertTo(d, hn::Add(y, hn::Set(di, row * kPixel)));
        depth[row][i] = hn::Add(along_x, hn::Mul(hn::Set(d, depth_y), row_y));
      }
    }
    for (int e = 0; e < 3; ++e) steps[e] = hn::Set(di, dx[e] * kPixel);
  }

  // Draws the part of the triangle that is in a block. `edges_at_center` must not be so far from 0
  // that sums overflow.
  template <class Sink>
  HWY_INLINE void Draw(const SampleLayout& layout, int column, int row,
                       const int32_t (&edges_at_center)[3], float depth_at_center,
                       Sink& sink) const {
    const FloatTag d;
    const IntTag di;
    const FloatVec center = hn::Set(d, depth_at_center);
    for (int i = 0; i < kRowParts; ++i) {
      IntVec values[3];
      for (int e = 0; e < 3; ++e) {
        values[e] = hn::Add(edges[e][i], hn::Set(di, edges_at_center[e]));
      }
      LanePlace at = {column * kBlockSize, row * kBlockSize, i * kLanes};
      at.address = layout.At(at.x, at.y) + static_cast<size_t>(at.first);
      for (int k = 0; k < kBlockSize; ++k) {
        DrawLanes(at, hn::Or3(values[0], values[1], values[2]), hn::Add(center, depth[k][i]), id,
                  sink);
        ++at.y;
        at.address += static_cast<size_t>(layout.stride);
        for (int e = 0; e < 3; ++e) values[e] = hn::Add(values[e], steps[e]);
      }
    }
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
