// How the triangles of a small cluster are drawn together, for code that Highway compiles once for
// each instruction set (which is why the include guard is unusual; see hwy/foreach_target.h). A
// vector's lanes are triangles until it is known which samples they cover, and samples from then
// on:
// * SelectCandidates sorts out what faces away or lies between the lines of the samples' grid,
// * SetUpLanes finds what those within 2×2 pixels cover, and the planes of all,
// * DrawSmall tests depth, a pixel of a small triangle at a time, and DrawLarge draws the others by
//   rows of four pixels (or by blocks, if they are wide).
// Each works through the whole cluster before the next, so that the order in which samples are
// taken does not depend on the number of lanes.
#if defined(LIBERO_TRIANGLE_BATCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_TRIANGLE_BATCH_INL_H_
#undef LIBERO_TRIANGLE_BATCH_INL_H_
#else
#define LIBERO_TRIANGLE_BATCH_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdlib>

#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/raster_stage-inl.h"
#include "sim/cpu_renderer/vertex_stage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE auto IsAtMost(IntVec a, IntVec b) {
  return hn::Not(hn::Gt(a, b));
}

// Triangles of a cluster, packed: corners in the lower three bytes, the triangle's number above.
inline constexpr int kMostCandidates = kClusterTriangles + 2 * kTriangleBatch;  // whole vectors
struct Candidates {
  int num = 0;
  alignas(64) int32_t packed[kMostCandidates];

  [[nodiscard]] TriangleId number(int index) const {
    return static_cast<uint32_t>(packed[index]) >> 24U;
  }
};

// The corners of lanes' triangles in the picture.
struct LaneCorners {
  IntVec index[3];
  IntVec x[3], y[3];
  IntVec min_x, max_x, min_y, max_y;

  HWY_INLINE LaneCorners(const PictureCluster& cluster, IntVec i0, IntVec i1, IntVec i2)
      : index{i0, i1, i2} {
    const IntTag di;
    for (int c = 0; c < 3; ++c) {
      x[c] = Lookup(di, cluster.x, index[c]);
      y[c] = Lookup(di, cluster.y, index[c]);
    }
    min_x = hn::Min(x[0], hn::Min(x[1], x[2]));
    max_x = hn::Max(x[0], hn::Max(x[1], x[2]));
    min_y = hn::Min(y[0], hn::Min(y[1], y[2]));
    max_y = hn::Max(y[0], hn::Max(y[1], y[2]));
  }

  // Twice the area, > 0 if counter-clockwise.
  HWY_INLINE IntVec Area() const {
    return hn::Sub(hn::Mul(hn::Sub(x[1], x[0]), hn::Sub(y[2], y[0])),
                   hn::Mul(hn::Sub(x[2], x[0]), hn::Sub(y[1], y[0])));
  }
};

// The first and the last line of the samples' grid between bounds.
template <class Samples>
HWY_INLINE IntVec FirstLine(IntVec min) {
  constexpr int kRoundUp = (1 << Samples::kShift) - 1 - Samples::kFirst;
  return hn::ShiftRight<Samples::kShift>(hn::Add(min, hn::Set(IntTag(), kRoundUp)));
}
template <class Samples>
HWY_INLINE IntVec LastLine(IntVec max) {
  return hn::ShiftRight<Samples::kShift>(hn::Sub(max, hn::Set(IntTag(), Samples::kFirst)));
}
// The pixel of a line.
template <class Samples>
HWY_INLINE IntVec PixelOfLine(IntVec line) {
  return hn::ShiftRight<kPixelShift - Samples::kShift>(line);
}

// Adds those of kLanes triangles that face the eye and may cover a sample: there are lines of the
// grid between their bounds. `first`: the number of the first one.
template <class Samples>
HWY_INLINE void SelectCandidates(const PictureCluster& cluster, const IntVec (&corners)[3],
                                 int first, const BlockMask& mask, Candidates& candidates) {
  const IntTag di;
  constexpr int kLines = kBlock >> Samples::kShift;  // of a block
  const LaneCorners t(cluster, corners[0], corners[1], corners[2]);
  const IntVec first_x =
      hn::Max(FirstLine<Samples>(t.min_x), hn::Set(di, mask.first_column * kLines));
  const IntVec first_y = hn::Max(FirstLine<Samples>(t.min_y), hn::Set(di, mask.first_row * kLines));
  const IntVec last_x =
      hn::Min(LastLine<Samples>(t.max_x), hn::Set(di, mask.end_column * kLines - 1));
  const IntVec last_y = hn::Min(LastLine<Samples>(t.max_y), hn::Set(di, mask.end_row * kLines - 1));
  const auto is_seen = hn::And(hn::Gt(t.Area(), hn::Zero(di)),
                               hn::And(IsAtMost(first_x, last_x), IsAtMost(first_y, last_y)));
  const IntVec packed =
      hn::Or(hn::Or(corners[0], hn::ShiftLeft<8>(corners[1])),
             hn::Or(hn::ShiftLeft<16>(corners[2]), hn::ShiftLeft<24>(hn::Iota(di, first))));
  hn::StoreU(hn::Compress(packed, is_seen), di, candidates.packed + candidates.num);
  candidates.num += static_cast<int>(hn::CountTrue(di, is_seen));
}

// Indices of triangles.
struct TriangleList {
  int num = 0;
  int32_t indices[kMostCandidates];

  // Adds those of kLanes triangles from `first` on for which `is_in`.
  template <class Mask>
  HWY_INLINE void Add(Mask is_in, int first) {
    const IntTag di;
    hn::StoreU(hn::Compress(hn::Iota(di, first), is_in), di, indices + num);
    num += static_cast<int>(hn::CountTrue(di, is_in));
  }
};

// What a cluster's candidates are drawn from. Planes and edges are functions of (x, y), in 1/256
// pixel from the lower left corner of a triangle's first pixel: that of the leftmost and lowest
// lines of the samples' grid within its bounds.
struct TriangleBatch {
  Candidates candidates;
  alignas(64) int32_t first_x[kMostCandidates], first_y[kMostCandidates];  // pixels
  alignas(64) int32_t last_x[kMostCandidates], last_y[kMostCandidates];
  alignas(64) int32_t address[kMostCandidates];  // of the first pixel's first sample
  // edges dx·y - dy·x + constant >= 0
  alignas(64) int32_t dx[3][kMostCandidates], dy[3][kMostCandidates];
  alignas(64) int32_t constant[3][kMostCandidates];
  // the plane of 1/W
  alignas(64) float depth[kMostCandidates];
  alignas(64) float depth_x[kMostCandidates];
  alignas(64) float depth_y[kMostCandidates];
  // the samples of 2×2 pixels that a small one covers, bit 4·pixel + sample; 0 for larger ones
  alignas(64) int32_t hits[kMostCandidates];
  TriangleList small[4];  // that cover something of the lower left, right, upper left, right pixel
  TriangleList large;     // not within 2×2 pixels

  void Clear() {
    candidates.num = 0;
    for (TriangleList& list : small) list.num = 0;
    large.num = 0;
  }
};

// The samples of 2×2 pixels inside three edges dx·y - dy·x + constant >= 0, bit 4·pixel + sample.
template <class Samples>
HWY_INLINE IntVec CoveredSamples(const IntVec (&dx)[3], const IntVec (&dy)[3],
                                 const IntVec (&constant)[3]) {
  const IntTag di;
  IntVec hits = hn::Zero(di);
  for (int pixel = 0; pixel < 4; ++pixel) {
    for (int s = 0; s < kNumSamples; ++s) {
      const IntVec y = hn::Set(di, pixel / 2 * kPixel + Samples::kY[s]);
      const IntVec x = hn::Set(di, pixel % 2 * kPixel + Samples::kX[s]);
      IntVec edges[3];
      for (int e = 0; e < 3; ++e) {
        edges[e] = hn::Sub(hn::Add(constant[e], hn::Mul(dx[e], y)), hn::Mul(dy[e], x));
      }
      const IntVec outside = hn::Or3(edges[0], edges[1], edges[2]);  // negative: outside
      const IntVec bit = hn::Set(di, 1 << (4 * pixel + s));
      hits = hn::Or(hits, hn::IfThenElseZero(hn::Gt(outside, hn::Set(di, -1)), bit));
    }
  }
  return hits;
}

// The plane of 1/W: at a point, and its change.
struct LanePlanes {
  FloatVec at_first, along_x, along_y;
};

// Planes of triangles whose edges have the differences dx and dy, around places `origin`.
HWY_INLINE LanePlanes SetUpPlanes(const PictureCluster& cluster, const LaneCorners& t,
                                  const IntVec (&dx)[3], const IntVec (&dy)[3], IntVec origin_x,
                                  IntVec origin_y) {
  const FloatTag d;
  const FloatVec w0 = Lookup(d, cluster.inverse_w, t.index[0]);
  const FloatVec w1 = hn::Sub(Lookup(d, cluster.inverse_w, t.index[1]), w0);
  const FloatVec w2 = hn::Sub(Lookup(d, cluster.inverse_w, t.index[2]), w0);
  FloatVec at_x = Lookup(d, cluster.exact_x, t.index[0]);
  FloatVec at_y = Lookup(d, cluster.exact_y, t.index[0]);
  FloatVec x1 = hn::Sub(Lookup(d, cluster.exact_x, t.index[1]), at_x);
  FloatVec y1 = hn::Sub(Lookup(d, cluster.exact_y, t.index[1]), at_y);
  FloatVec x2 = hn::Sub(Lookup(d, cluster.exact_x, t.index[2]), at_x);
  FloatVec y2 = hn::Sub(Lookup(d, cluster.exact_y, t.index[2]), at_y);
  const FloatVec rounded_area = hn::ConvertTo(d, t.Area());
  FloatVec area = hn::Sub(hn::Mul(x1, y2), hn::Mul(x2, y1));
  const auto is_exact =
      hn::And(hn::Ge(rounded_area, hn::Set(d, kSmallestExactArea)),
              hn::Ge(area, hn::Mul(hn::Set(d, kSmallestAreaRatio), rounded_area)));
  const auto choose = [&](FloatVec exact, IntVec rounded) HWY_ATTR {
    return hn::IfThenElse(is_exact, exact, hn::ConvertTo(d, rounded));
  };
  at_x = choose(at_x, t.x[0]);
  at_y = choose(at_y, t.y[0]);
  x1 = choose(x1, dx[0]);
  y1 = choose(y1, dy[0]);
  x2 = choose(x2, hn::Neg(dx[2]));
  y2 = choose(y2, hn::Neg(dy[2]));
  area = hn::IfThenElse(is_exact, area, rounded_area);
  const FloatVec inverse_area = hn::Div(hn::Set(d, 1.0F), area);
  LanePlanes planes;
  planes.along_x = hn::Mul(hn::Sub(hn::Mul(w1, y2), hn::Mul(w2, y1)), inverse_area);
  planes.along_y = hn::Mul(hn::Sub(hn::Mul(w2, x1), hn::Mul(w1, x2)), inverse_area);
  const FloatVec x = hn::Sub(hn::ConvertTo(d, origin_x), at_x);
  const FloatVec y = hn::Sub(hn::ConvertTo(d, origin_y), at_y);
  planes.at_first = hn::Add(w0, hn::Add(hn::Mul(planes.along_x, x), hn::Mul(planes.along_y, y)));
  return planes;
}

// Sets up the candidates [first, first + kLanes).
template <class Samples>
HWY_INLINE void SetUpLanes(const PictureCluster& cluster, const SampleLayout& layout, int first,
                           TriangleBatch& batch) {
  const FloatTag d;
  const IntTag di;
  const IntVec packed = hn::LoadU(di, batch.candidates.packed + first);
  const IntVec byte = hn::Set(di, 255);
  const LaneCorners t(cluster, hn::And(packed, byte), hn::And(hn::ShiftRight<8>(packed), byte),
                      hn::And(hn::ShiftRight<16>(packed), byte));

  // the pixels within bounds
  const IntVec first_x = PixelOfLine<Samples>(FirstLine<Samples>(t.min_x));
  const IntVec first_y = PixelOfLine<Samples>(FirstLine<Samples>(t.min_y));
  const IntVec last_x = PixelOfLine<Samples>(LastLine<Samples>(t.max_x));
  const IntVec last_y = PixelOfLine<Samples>(LastLine<Samples>(t.max_y));
  hn::Store(first_x, di, batch.first_x + first);
  hn::Store(first_y, di, batch.first_y + first);
  hn::Store(last_x, di, batch.last_x + first);
  hn::Store(last_y, di, batch.last_y + first);
  const IntVec row =
      hn::Add(hn::Set(di, layout.origin), hn::Mul(first_y, hn::Set(di, layout.stride)));
  static_assert(kNumSamples == 4);
  hn::Store(hn::Add(row, hn::ShiftLeft<2>(first_x)), di, batch.address + first);

  // edges
  const IntVec origin_x = hn::ShiftLeft<kPixelShift>(first_x);
  const IntVec origin_y = hn::ShiftLeft<kPixelShift>(first_y);
  IntVec dx[3], dy[3], constant[3];
  for (int e = 0; e < 3; ++e) {
    const int n = (e + 1) % 3;
    dx[e] = hn::Sub(t.x[n], t.x[e]);
    dy[e] = hn::Sub(t.y[n], t.y[e]);
    const auto owns_edge =
        hn::Or(hn::Lt(dy[e], hn::Zero(di)),
               hn::And(hn::Eq(dy[e], hn::Zero(di)), hn::Gt(dx[e], hn::Zero(di))));
    const IntVec bias = hn::IfThenElse(owns_edge, hn::Zero(di), hn::Set(di, -1));
    constant[e] = hn::Add(hn::Sub(hn::Mul(dy[e], hn::Sub(t.x[e], origin_x)),
                                  hn::Mul(dx[e], hn::Sub(t.y[e], origin_y))),
                          bias);
    hn::Store(dx[e], di, batch.dx[e] + first);
    hn::Store(dy[e], di, batch.dy[e] + first);
    hn::Store(constant[e], di, batch.constant[e] + first);
  }

  // what is within 2×2 pixels, and covers something of them
  const IntVec one = hn::Set(di, 1);
  const auto is_small =
      hn::And(IsAtMost(hn::Sub(last_x, first_x), one), IsAtMost(hn::Sub(last_y, first_y), one));
  const IntVec hits = hn::IfThenElseZero(is_small, CoveredSamples<Samples>(dx, dy, constant));
  hn::Store(hits, di, batch.hits + first);
  for (int pixel = 0; pixel < 4; ++pixel) {
    const IntVec of_pixel = hn::And(hits, hn::Set(di, 15 << (4 * pixel)));
    batch.small[pixel].Add(hn::Gt(of_pixel, hn::Zero(di)), first);
  }
  batch.large.Add(hn::Not(is_small), first);

  const LanePlanes planes = SetUpPlanes(cluster, t, dx, dy, origin_x, origin_y);
  hn::Store(planes.at_first, d, batch.depth + first);
  hn::Store(planes.along_x, d, batch.depth_x + first);
  hn::Store(planes.along_y, d, batch.depth_y + first);
}

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
// are within 64 pixels of each other.
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
  int32_t row_values[3];
  int32_t reach[3];
  for (int e = 0; e < 3; ++e) {
    row_values[e] = dx[e] * first_y - dy[e] * first_x + batch.constant[e][index];
    reach[e] = (std::abs(dx[e]) + std::abs(dy[e])) * kBlockReach;
  }
  for (int row = first_row; row < end_row; ++row) {
    int32_t values[3] = {row_values[0], row_values[1], row_values[2]};
    for (int e = 0; e < 3; ++e) row_values[e] += dx[e] * kBlock;
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
