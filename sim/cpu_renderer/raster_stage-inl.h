// Which samples a triangle covers, for code that Highway compiles once for each instruction set
// (which is why the include guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_RASTER_STAGE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_RASTER_STAGE_INL_H_
#undef LIBERO_RASTER_STAGE_INL_H_
#else
#define LIBERO_RASTER_STAGE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/vertex_stage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Where samples are in a pixel, in 1/256 pixel: at different places of a grid with one line at
// kFirst and others each 2^kShift.
struct FourSamples {
  static constexpr int kX[kNumSamples] = {96, 224, 32, 160};
  static constexpr int kY[kNumSamples] = {32, 96, 160, 224};
  static constexpr int kFirst = 32;
  static constexpr int kShift = 6;
};
struct CenterSample {
  static constexpr int kX[kNumSamples] = {128, 128, 128, 128};
  static constexpr int kY[kNumSamples] = {128, 128, 128, 128};
  static constexpr int kFirst = 128;
  static constexpr int kShift = 8;
};
inline constexpr int kPixel = 256;  // of snapped coordinates
inline constexpr int kPixelShift = 8;
inline constexpr int kBlock = kBlockSize * kPixel;
inline constexpr int kBlockShift = kPixelShift + 2;
// How far samples are from a block's centre, at most.
inline constexpr int kBlockReach = 2 * kPixel - 32;

// One triangle, counter-clockwise.
struct RasterTriangle {
  int32_t x[3], y[3];            // pixels · 256, rounded
  float exact_x[3], exact_y[3];  // not rounded
  float inverse_w[3];
  TriangleId id = 0;
};

// The planes and edges of one triangle.
struct TriangleSetup {
  int64_t dx[3], dy[3], constant[3];  // inside: dx·y - dy·x + constant >= 0
  // the plane of 1/W: at a point, and its change along x and y
  float depth_at = 0, at_x = 0, at_y = 0;
  float depth_x = 0, depth_y = 0;
};

// The plane of 1/W is taken from exact corners where the triangle has at least this area, half a
// pixel, and at least half of it after rounding: rounded corners are up to 1/512 pixel off, by
// which surfaces at the same place would show through each other. Smaller ones' planes and slivers'
// are surer with the corners that decide what they cover. (Areas are twice as large, and · 256².)
inline constexpr float kSmallestExactArea = 256.0F * 256;
inline constexpr float kSmallestAreaRatio = 0.5F;

HWY_INLINE bool SetUp(const RasterTriangle& t, TriangleSetup& setup) {
  for (int i = 0; i < 3; ++i) {
    const int j = (i + 1) % 3;
    setup.dx[i] = t.x[j] - t.x[i];
    setup.dy[i] = t.y[j] - t.y[i];
    const bool owns_edge = setup.dy[i] < 0 || (setup.dy[i] == 0 && setup.dx[i] > 0);
    setup.constant[i] = setup.dy[i] * t.x[i] - setup.dx[i] * t.y[i] - (owns_edge ? 0 : 1);
  }
  const int64_t area = setup.dx[0] * -setup.dy[2] + setup.dx[2] * setup.dy[0];
  if (area <= 0) return false;
  setup.depth_at = t.inverse_w[0];
  setup.at_x = t.exact_x[0];
  setup.at_y = t.exact_y[0];
  double x1 = double{t.exact_x[1]} - setup.at_x;
  double y1 = double{t.exact_y[1]} - setup.at_y;
  double x2 = double{t.exact_x[2]} - setup.at_x;
  double y2 = double{t.exact_y[2]} - setup.at_y;
  const auto rounded_area = static_cast<double>(area);
  const bool is_exact =
      rounded_area >= kSmallestExactArea && x1 * y2 - x2 * y1 >= kSmallestAreaRatio * rounded_area;
  if (!is_exact) {
    setup.at_x = static_cast<float>(t.x[0]);
    setup.at_y = static_cast<float>(t.y[0]);
    x1 = static_cast<double>(setup.dx[0]);
    y1 = static_cast<double>(setup.dy[0]);
    x2 = static_cast<double>(-setup.dx[2]);
    y2 = static_cast<double>(-setup.dy[2]);
  }
  const double w1 = double{t.inverse_w[1]} - t.inverse_w[0];
  const double w2 = double{t.inverse_w[2]} - t.inverse_w[0];
  const double exact_area = x1 * y2 - x2 * y1;
  setup.depth_x = static_cast<float>((w1 * y2 - w2 * y1) / exact_area);
  setup.depth_y = static_cast<float>((w2 * x1 - w1 * x2) / exact_area);
  return true;
}

// Four pixels of a row are a whole number of vectors.
inline constexpr int kRowLanes = kBlockSize * kNumSamples;
inline constexpr int kRowParts = kRowLanes / kLanes;

// Samples of four pixels of a row, in 1/256 pixel from the lower left corner of the first one.
template <class Samples>
struct RowLanes {
  alignas(64) int32_t x[kRowLanes];
  alignas(64) int32_t y[kRowLanes];
  constexpr RowLanes() : x{}, y{} {
    for (int i = 0; i < kRowLanes; ++i) {
      x[i] = i / kNumSamples * kPixel + Samples::kX[i % kNumSamples];
      y[i] = Samples::kY[i % kNumSamples];
    }
  }
};
template <class Samples>
inline constexpr RowLanes<Samples> kRowSamples{};

// Vectors of a pixel's samples.
using PixelTag = hn::CappedTag<float, kNumSamples>;
inline constexpr int kPixelLanes = static_cast<int>(hn::MaxLanes(PixelTag()));

// Takes what is covered: writes it into the visibility buffer.
struct OpaqueSink {
  static constexpr bool kSkipsInvisible = false;
  float* depth;
  uint32_t* ids;
  bool has_drawn = false;

  // Samples of pixels from (x, y) on, of which `is_front` ones are covered and not hidden. `first`:
  // the first lane's place among the pixels' samples; `address`: that in the buffer.
  template <class D, class Mask>
  HWY_INLINE void Take(D d, int, int, int, size_t address, Mask is_front, hn::VFromD<D> inverse_w,
                       hn::VFromD<D> old_depth, TriangleId id) {
    const hn::RebindToUnsigned<D> du;
    hn::StoreU(hn::IfThenElse(is_front, inverse_w, old_depth), d, depth + address);
    const auto old_ids = hn::LoadU(du, ids + address);
    hn::StoreU(hn::IfThenElse(hn::RebindMask(du, is_front), hn::Set(du, id), old_ids), du,
               ids + address);
    has_drawn = true;
  }
};

// Collects fragments of what is covered and not hidden.
struct FragmentSink {
  static constexpr bool kSkipsInvisible = true;
  const float* depth;
  const BlockMask& mask;
  std::vector<Fragment>& fragments;
  bool has_drawn = false;

  template <class D, class Mask>
  HWY_INLINE void Take(D d, int x, int y, int first, size_t, Mask is_front, hn::VFromD<D>,
                       hn::VFromD<D>, TriangleId id) {
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, is_front, bytes);
    const uint32_t bits = (bytes[0] | static_cast<uint32_t>(bytes[1]) << 8U) << first;
    for (int i = 0; i < kBlockSize; ++i) AddPixel(x + i, y, bits >> (kNumSamples * i) & 15U, id);
  }

 private:
  void AddPixel(int x, int y, uint32_t samples, TriangleId id) {
    if (samples == 0 || !mask.IsDrawn(x, y)) return;
    has_drawn = true;
    if (!fragments.empty()) {  // the same pixel's other lanes
      Fragment& last = fragments.back();
      if (last.triangle == id && (last.pixel & 0xFFFFFFU) == PackPixel(x, y, 0)) {
        last.pixel |= samples << 24U;
        return;
      }
    }
    fragments.push_back({PackPixel(x, y, samples), id});
  }
};

// Draws kLanes samples of a row of four pixels from (x, y) on, the first one `first`, which is at
// `address` in buffers. `outside`: negative where they are not covered.
template <class Sink>
HWY_INLINE void DrawLanes(int x, int y, int first, size_t address, IntVec outside,
                          FloatVec inverse_w, TriangleId id, Sink& sink) {
  const FloatTag d;
  const FloatVec old = hn::LoadU(d, sink.depth + address);
  const auto is_front =
      hn::And(hn::RebindMask(d, hn::Gt(outside, hn::Set(IntTag(), -1))), hn::Ge(inverse_w, old));
  if (hn::AllFalse(d, is_front)) return;
  sink.Take(d, x, y, first, address, is_front, inverse_w, old, id);
}

// One triangle's edge functions and 1/W at the samples of any block, relative to the values at the
// block's centre.
template <class Samples>
struct BlockPlanes {
  IntVec edges[3][kRowParts];  // of the lowest row
  IntVec steps[3];             // a row further
  FloatVec depth[kBlockSize][kRowParts];

  HWY_INLINE BlockPlanes(const int32_t (&dx)[3], const int32_t (&dy)[3], float depth_x,
                         float depth_y) {
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
                       const int32_t (&edges_at_center)[3], float depth_at_center, TriangleId id,
                       Sink& sink) const {
    const FloatTag d;
    const IntTag di;
    const FloatVec center = hn::Set(d, depth_at_center);
    for (int i = 0; i < kRowParts; ++i) {
      IntVec values[3];
      for (int e = 0; e < 3; ++e) {
        values[e] = hn::Add(edges[e][i], hn::Set(di, edges_at_center[e]));
      }
      size_t address =
          layout.At(column * kBlockSize, row * kBlockSize) + static_cast<size_t>(i * kLanes);
      const auto stride = static_cast<size_t>(layout.stride);
      for (int y = 0; y < kBlockSize; ++y, address += stride) {
        DrawLanes(column * kBlockSize, row * kBlockSize + y, i * kLanes, address,
                  hn::Or3(values[0], values[1], values[2]), hn::Add(center, depth[y][i]), id, sink);
        for (int e = 0; e < 3; ++e) values[e] = hn::Add(values[e], steps[e]);
      }
    }
  }
};

// Draws a triangle of any size whose corners are within PictureBounds.
template <class Samples, class Sink>
HWY_INLINE void DrawTriangle(const RasterTriangle& t, const BlockMask& mask,
                             const SampleLayout& layout, Sink& sink) {
  const int min_x = std::min(t.x[0], std::min(t.x[1], t.x[2]));
  const int max_x = std::max(t.x[0], std::max(t.x[1], t.x[2]));
  const int min_y = std::min(t.y[0], std::min(t.y[1], t.y[2]));
  const int max_y = std::max(t.y[0], std::max(t.y[1], t.y[2]));
  const int first_column = std::max(min_x >> kBlockShift, mask.first_column);
  const int end_column = std::min((max_x >> kBlockShift) + 1, mask.end_column);
  const int first_row = std::max(min_y >> kBlockShift, mask.first_row);
  const int end_row = std::min((max_y >> kBlockShift) + 1, mask.end_row);
  if (first_column >= end_column || first_row >= end_row) return;
  TriangleSetup setup;
  if (!SetUp(t, setup)) return;
  const int32_t dx[3] = {static_cast<int32_t>(setup.dx[0]), static_cast<int32_t>(setup.dx[1]),
                         static_cast<int32_t>(setup.dx[2])};
  const int32_t dy[3] = {static_cast<int32_t>(setup.dy[0]), static_cast<int32_t>(setup.dy[1]),
                         static_cast<int32_t>(setup.dy[2])};
  const BlockPlanes<Samples> planes(dx, dy, setup.depth_x, setup.depth_y);

  // how far an edge function at a sample can be from that at the block's centre
  int64_t reach[3];
  for (int e = 0; e < 3; ++e) {
    reach[e] = (std::abs(setup.dx[e]) + std::abs(setup.dy[e])) * kBlockReach;
  }
  for (int row = first_row; row < end_row; ++row) {
    const int64_t y = int64_t{row} * kBlock + kBlock / 2;
    const int64_t first_x = int64_t{first_column} * kBlock + kBlock / 2;
    int64_t values[3];
    for (int e = 0; e < 3; ++e) {
      values[e] = setup.dx[e] * y - setup.dy[e] * first_x + setup.constant[e];
    }
    for (int column = first_column; column < end_column; ++column) {
      const bool is_in = values[0] >= -reach[0] && values[1] >= -reach[1] && values[2] >= -reach[2];
      const int32_t edges[3] = {static_cast<int32_t>(std::min(values[0], reach[0])),
                                static_cast<int32_t>(std::min(values[1], reach[1])),
                                static_cast<int32_t>(std::min(values[2], reach[2]))};
      for (int e = 0; e < 3; ++e) values[e] -= setup.dy[e] * kBlock;
      const auto block = static_cast<size_t>(row * mask.num_columns + column);
      if (!is_in || !mask.is_drawn[block]) continue;
      const int64_t x = int64_t{column} * kBlock + kBlock / 2;
      const float depth = setup.depth_at + (setup.depth_x * (static_cast<float>(x) - setup.at_x) +
                                            setup.depth_y * (static_cast<float>(y) - setup.at_y));
      planes.Draw(layout, column, row, edges, depth, t.id, sink);
    }
  }
}

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
HWY_INLINE void SelectCandidates(const PictureCluster& cluster, IntVec corner0, IntVec corner1,
                                 IntVec corner2, int first, const BlockMask& mask,
                                 Candidates& candidates) {
  const IntTag di;
  constexpr int kLines = kBlock >> Samples::kShift;  // of a block
  const LaneCorners t(cluster, corner0, corner1, corner2);
  const IntVec first_x =
      hn::Max(FirstLine<Samples>(t.min_x), hn::Set(di, mask.first_column * kLines));
  const IntVec first_y = hn::Max(FirstLine<Samples>(t.min_y), hn::Set(di, mask.first_row * kLines));
  const IntVec last_x =
      hn::Min(LastLine<Samples>(t.max_x), hn::Set(di, mask.end_column * kLines - 1));
  const IntVec last_y = hn::Min(LastLine<Samples>(t.max_y), hn::Set(di, mask.end_row * kLines - 1));
  const auto is_seen = hn::And(hn::Gt(t.Area(), hn::Zero(di)),
                               hn::And(IsAtMost(first_x, last_x), IsAtMost(first_y, last_y)));
  const IntVec packed =
      hn::Or(hn::Or(corner0, hn::ShiftLeft<8>(corner1)),
             hn::Or(hn::ShiftLeft<16>(corner2), hn::ShiftLeft<24>(hn::Iota(di, first))));
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

// What a cluster's candidates are drawn from. Places are relative to `first` pixel's lower left
// corner, the pixel of the lowest and leftmost lines of the samples' grid in a triangle's bounds.
struct TriangleBatch {
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

// Planes of triangles whose edges have the differences dx and dy, at places `origin`.
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
HWY_INLINE void SetUpLanes(const PictureCluster& cluster, const Candidates& candidates,
                           const SampleLayout& layout, int first, TriangleBatch& batch) {
  const FloatTag d;
  const IntTag di;
  const IntVec packed = hn::LoadU(di, candidates.packed + first);
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
      size_t address = layout.At(x, begin_y) + static_cast<size_t>(i * kLanes);
      const auto stride = static_cast<size_t>(layout.stride);
      for (int y = begin_y; y < end_y; ++y, address += stride) {
        const FloatVec inverse_w =
            hn::Add(depth, hn::Add(depth_x, hn::Mul(depth_y, hn::ConvertTo(d, lane_y))));
        IntVec outside = hn::Or3(values[0], values[1], values[2]);
        if (!mask.is_whole) {
          outside = hn::Or(outside, UndrawnLanes(x, i * kLanes, mask.IsDrawn(x, y),
                                                 mask.IsDrawn(x + kBlockSize - 1, y)));
        }
        DrawLanes(x, y, i * kLanes, address, outside, inverse_w, id, sink);
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
  const BlockPlanes<Samples> planes(dx, dy, depth_x, depth_y);

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
      planes.Draw(layout, column, row, edges, depth, id, sink);
    }
  }
}

// Draws the larger triangles of a batch. `numbers`: see Candidates.
template <class Samples, class Sink>
HWY_INLINE void DrawLarge(const TriangleBatch& batch, const Candidates& candidates,
                          TriangleId first_id, const BlockMask& mask, const SampleLayout& layout,
                          Sink& sink) {
  constexpr int kWidestInRows = 2 * kBlockSize;  // pixels
  for (int i = 0; i < batch.large.num; ++i) {
    const int index = batch.large.indices[i];
    const TriangleId id = first_id + candidates.number(index);
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
        x[pixel][s] = static_cast<float>(pixel % 2 * kPixel + Samples::kX[s]);
        y[pixel][s] = static_cast<float>(pixel / 2 * kPixel + Samples::kY[s]);
      }
    }
  }
};
template <class Samples>
inline constexpr SquareLanes<Samples> kSquareLanes{};

// Draws what small triangles of a batch cover of one of their 2×2 pixels.
template <class Samples, class Sink>
HWY_INLINE void DrawSmall(const TriangleBatch& batch, int pixel, const Candidates& candidates,
                          TriangleId first_id, const BlockMask& mask, const SampleLayout& layout,
                          Sink& sink) {
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
      sink.Take(d, x, y, s, address + s, is_front, inverse_w, old,
                first_id + candidates.number(index));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
