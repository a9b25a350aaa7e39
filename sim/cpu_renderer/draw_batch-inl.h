// Draws a batch of triangles, for code that Highway compiles once for each instruction set (which
// is why the include guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_DRAW_BATCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_DRAW_BATCH_INL_H_
#undef LIBERO_DRAW_BATCH_INL_H_
#else
#define LIBERO_DRAW_BATCH_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdlib>

#include "sim/cpu_renderer/block_planes-inl.h"
#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/sample_pattern-inl.h"
#include "sim/cpu_renderer/sample_sinks-inl.h"
#include "sim/cpu_renderer/triangle_batch-inl.h"
#include "sim/cpu_renderer/vertex_stage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Negative in the lanes of kLanes samples, from `first` on of four pixels from (x, y) on, that are
// in blocks that are not drawn; `is_drawn` is whether the first pixel's block and the next are.
HWY_INLINE IntVec UndrawnLanes(int x, int first, bool is_drawn, bool is_next_drawn) {
  const IntTag di;
  const IntVec lane = hn::Iota(di, first);
  const IntVec end = hn::Set(di, (kBlockSize - (x & (kBlockSize - 1))) * kNumSamples);
  const IntVec here = hn::Set(di, is_drawn ? 0 : -1);
  const IntVec next = hn::Set(di, is_next_drawn ? 0 : -1);
  return hn::IfThenElse(hn::Lt(lane, end), here, next);
}

// Draws a triangle of a batch row by row, four pixels at a time, where the corners of its cluster
// are within kLargestBatched of each other.
template <class Samples, class Sink>
HWY_INLINE void DrawRows(const TriangleBatch& batch, int index, TriangleId id,
                         const BlockMask& mask, const SampleLayout& layout, Sink& sink) {
  const FloatTag d;
  const IntTag di;
  const RowLanes<Samples>& lanes = kRowSamples<Samples>;
  const int first_y = batch.first_y[index];
  const int begin_y = std::max(first_y, mask.first_row * kBlockSize);
  const int end_y = std::min(batch.last_y[index] + 1, mask.end_row * kBlockSize);
  const int end_x = std::min(batch.last_x[index] + 1, mask.end_column * kBlockSize);
  const FloatVec depth = hn::Set(d, batch.depth[index]);
  const FloatVec depth_y = hn::Set(d, batch.depth_y[index]);
  IntVec steps[3];
  for (int e = 0; e < 3; ++e) steps[e] = hn::Set(di, batch.dx[e][index] * kPixel);
  for (int x = batch.first_x[index]; x < end_x; x += kBlockSize) {
    if (x + kBlockSize <= mask.first_column * kBlockSize) continue;
    for (int i = 0; i < kRowParts; ++i) {
      const IntVec lane_x = hn::Add(hn::Load(di, lanes.x + i * kLanes),
                                    hn::Set(di, (x - batch.first_x[index]) * kPixel));
      IntVec lane_y =
          hn::Add(hn::Load(di, lanes.y + i * kLanes), hn::Set(di, (begin_y - first_y) * kPixel));
      IntVec values[3];
      for (int e = 0; e < 3; ++e) {
        const IntVec along_y = hn::Mul(hn::Set(di, batch.dx[e][index]), lane_y);
        const IntVec along_x = hn::Mul(hn::Set(di, batch.dy[e][index]), lane_x);
        values[e] = hn::Sub(hn::Add(hn::Set(di, batch.constant[e][index]), along_y), along_x);
      }
      const FloatVec depth_x = hn::Mul(hn::Set(d, batch.depth_x[index]), hn::ConvertTo(d, lane_x));
      LanePlace at = {x, begin_y, i * kLanes};
      at.address = layout.At(x, begin_y) + static_cast<size_t>(at.first);
      for (; at.y < end_y; ++at.y, at.address += static_cast<size_t>(layout.stride)) {
        const FloatVec inverse_w =
            hn::Add(depth, hn::Add(depth_x, hn::Mul(depth_y, hn::ConvertTo(d, lane_y))));
        IntVec outside = hn::Or3(values[0], values[1], values[2]);
        if (!mask.is_whole) {
          outside = hn::Or(outside, UndrawnLanes(x, at.first, mask.IsDrawn(x, at.y),
                                                 mask.IsDrawn(x + kBlockSize - 1, at.y)));
        }
        DrawLanes(at, outside, inverse_w, id, sink);
        for (int e = 0; e < 3; ++e) values[e] = hn::Add(values[e], steps[e]);
        lane_y = hn::Add(lane_y, hn::Set(di, kPixel));
      }
    }
  }
}

// Draws a triangle of a batch block by block, which passes over those that it does not touch.
template <class Samples, class Sink>
HWY_INLINE void DrawBlocks(const TriangleBatch& batch, int index, TriangleId id,
                           const BlockMask& mask, const SampleLayout& layout, Sink& sink) {
  constexpr int kShift = 2;  // of pixels
  const int first_column = std::max(batch.first_x[index] >> kShift, mask.first_column);
  const int end_column = std::min((batch.last_x[index] >> kShift) + 1, mask.end_column);
  const int first_row = std::max(batch.first_y[index] >> kShift, mask.first_row);
  const int end_row = std::min((batch.last_y[index] >> kShift) + 1, mask.end_row);
  const int32_t dx[3] = {batch.dx[0][index], batch.dx[1][index], batch.dx[2][index]};
  const int32_t dy[3] = {batch.dy[0][index], batch.dy[1][index], batch.dy[2][index]};
  const float depth_x = batch.depth_x[index];
  const float depth_y = batch.depth_y[index];
  const BlockPlanes<Samples> planes(dx, dy, depth_x, depth_y, id);

  // edge functions at the first block's centre, and how much further they may be at a sample
  const int32_t first_x = first_column * kBlock + kBlock / 2 - batch.first_x[index] * kPixel;
  const int32_t first_y = first_row * kBlock + kBlock / 2 - batch.first_y[index] * kPixel;
  int64_t row_values[3];
  int32_t reach[3];
  for (int e = 0; e < 3; ++e) {
    row_values[e] = int64_t{dx[e]} * first_y - int64_t{dy[e]} * first_x + batch.constant[e][index];
    reach[e] = (std::abs(dx[e]) + std::abs(dy[e])) * kBlockReach;
  }
  for (int row = first_row; row < end_row; ++row) {
    int32_t values[3];
    for (int e = 0; e < 3; ++e) {
      values[e] = static_cast<int32_t>(row_values[e]);
      row_values[e] += int64_t{dx[e]} * kBlock;
    }
    const auto y = static_cast<float>(first_y + (row - first_row) * kBlock);
    for (int column = first_column; column < end_column; ++column) {
      const int32_t edges[3] = {values[0], values[1], values[2]};
      for (int e = 0; e < 3; ++e) values[e] -= dy[e] * kBlock;
      const int32_t outside = (edges[0] + reach[0]) | (edges[1] + reach[1]) | (edges[2] + reach[2]);
      const auto block = static_cast<size_t>(row * mask.num_columns + column);
      if (outside < 0 || !mask.is_drawn[block]) continue;
      const auto x = static_cast<float>(first_x + (column - first_column) * kBlock);
      const float depth = batch.depth[index] + (depth_x * x + depth_y * y);
      planes.Draw(layout, column, row, edges, depth, sink);
    }
  }
}

// Draws the larger triangles of a batch; wide ones touch few of the blocks within their bounds.
template <class Samples, class Sink>
HWY_INLINE void DrawLarge(const TriangleBatch& batch, TriangleId first_id, const BlockMask& mask,
                          const SampleLayout& layout, Sink& sink) {
  constexpr int kWidestInRows = 2 * kBlockSize;  // pixels
  for (int i = 0; i < batch.large.num; ++i) {
    const int index = batch.large.indices[i];
    const TriangleId id = first_id + batch.candidates.number(index);
    if (batch.last_x[index] - batch.first_x[index] < kWidestInRows) {
      DrawRows<Samples>(batch, index, id, mask, layout, sink);
    } else {
      DrawBlocks<Samples>(batch, index, id, mask, layout, sink);
    }
  }
}

// Samples of 2×2 pixels, in 1/256 pixel from their lower left corner.
template <class Samples>
struct SquareLanes {
  alignas(16) float x[4][kNumSamples];
  alignas(16) float y[4][kNumSamples];
  constexpr SquareLanes() : x{}, y{} {
    for (int pixel = 0; pixel < 4; ++pixel) {
      for (int s = 0; s < kNumSamples; ++s) {
        const int column = pixel % 2;
        const int row = pixel / 2;
        x[pixel][s] = static_cast<float>(column * kPixel + Samples::kX[s]);
        y[pixel][s] = static_cast<float>(row * kPixel + Samples::kY[s]);
      }
    }
  }
};
template <class Samples>
inline constexpr SquareLanes<Samples> kSquareLanes{};

// Draws what small triangles of a batch cover of one of their 2×2 pixels.
template <class Samples, class Sink>
HWY_INLINE void DrawSmall(const TriangleBatch& batch, int pixel, TriangleId first_id,
                          const BlockMask& mask, const SampleLayout& layout, Sink& sink) {
  const PixelTag d;
  const SquareLanes<Samples>& lanes = kSquareLanes<Samples>;
  const int offset = pixel / 2 * layout.stride + pixel % 2 * kNumSamples;
  const TriangleList& list = batch.small[pixel];
  for (int i = 0; i < list.num; ++i) {
    const int index = list.indices[i];
    const int x = batch.first_x[index] + pixel % 2;
    const int y = batch.first_y[index] + pixel / 2;
    if (!mask.is_whole && !mask.IsDrawn(x, y)) continue;
    const auto address = static_cast<size_t>(batch.address[index] + offset);
    for (int s = 0; s < kNumSamples; s += kPixelLanes) {
      const auto along_x =
          hn::Mul(hn::Set(d, batch.depth_x[index]), hn::Load(d, lanes.x[pixel] + s));
      const auto along_y =
          hn::Mul(hn::Set(d, batch.depth_y[index]), hn::Load(d, lanes.y[pixel] + s));
      const auto inverse_w = hn::Add(hn::Set(d, batch.depth[index]), hn::Add(along_x, along_y));
      const auto old = hn::LoadU(d, sink.depth + address + s);
      const uint64_t bits = static_cast<uint32_t>(batch.hits[index]) >> (4 * pixel + s) & 15U;
      const auto is_covered = hn::LoadMaskBits(d, reinterpret_cast<const uint8_t*>(&bits));
      const auto is_front = hn::And(is_covered, hn::Ge(inverse_w, old));
      if (hn::AllFalse(d, is_front)) continue;
      sink.Take(d, {x, y, s, address + static_cast<size_t>(s)}, is_front, inverse_w, old,
                first_id + batch.candidates.number(index));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
