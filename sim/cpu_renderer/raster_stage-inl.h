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

// Where lanes' samples are: those of pixels from (x, y) on, `first` of which is the first lane's;
// `address`: that one's in buffers.
struct LanePlace {
  int x = 0, y = 0;
  int first = 0;
  size_t address = 0;
};

// Takes what is covered: writes it into the visibility buffer.
struct OpaqueSink {
  static constexpr bool kSkipsInvisible = false;
  float* depth;
  uint32_t* ids;
  bool has_drawn = false;

  // The samples that are covered and not hidden. `old_depth`: what all lanes' saw so far.
  template <class D, class Mask>
  HWY_INLINE void Take(D d, const LanePlace& at, Mask is_front, hn::VFromD<D> inverse_w,
                       hn::VFromD<D> old_depth, TriangleId id) {
    const hn::RebindToUnsigned<D> du;
    hn::StoreU(hn::IfThenElse(is_front, inverse_w, old_depth), d, depth + at.address);
    const auto old_ids = hn::LoadU(du, ids + at.address);
    hn::StoreU(hn::IfThenElse(hn::RebindMask(du, is_front), hn::Set(du, id), old_ids), du,
               ids + at.address);
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
  HWY_INLINE void Take(D d, const LanePlace& at, Mask is_front, hn::VFromD<D>, hn::VFromD<D>,
                       TriangleId id) {
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, is_front, bytes);
    const uint32_t bits = (bytes[0] | static_cast<uint32_t>(bytes[1]) << 8U) << at.first;
    for (int i = 0; i < kBlockSize; ++i)
      AddPixel(at.x + i, at.y, bits >> (kNumSamples * i) & 15U, id);
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

// Draws kLanes samples of a row of four pixels. `outside`: negative where they are not covered.
template <class Sink>
HWY_INLINE void DrawLanes(const LanePlace& at, IntVec outside, FloatVec inverse_w, TriangleId id,
                          Sink& sink) {
  const FloatTag d;
  const FloatVec old = hn::LoadU(d, sink.depth + at.address);
  const auto is_front =
      hn::And(hn::RebindMask(d, hn::Gt(outside, hn::Set(IntTag(), -1))), hn::Ge(inverse_w, old));
  if (hn::AllFalse(d, is_front)) return;
  sink.Take(d, at, is_front, inverse_w, old, id);
}

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

// The edges of one triangle along a row of blocks: values at the centre of the first one, how much
// less they are at the next, and how far those at samples can be from those at the centre.
struct EdgeRow {
  int64_t values[3];
  int64_t steps[3];
  int64_t reach[3];
  double inverse_steps[3];  // 0 if the step is
};

// Blocks of a row.
struct ColumnRange {
  int first = 0;
  int end = 0;
};

// The blocks among the first `num` that the triangle may touch: values[e] + reach[e] >= steps[e]·i
// for all edges e. Next to them there may be some that it does not.
HWY_INLINE ColumnRange FindColumns(const EdgeRow& edges, int num) {
  constexpr double kMargin = 1e-3;  // far more than rounding
  double first = 0;
  double last = num - 1;
  for (int e = 0; e < 3; ++e) {
    const int64_t highest = edges.values[e] + edges.reach[e];
    const double bound = static_cast<double>(highest) * edges.inverse_steps[e];
    if (edges.steps[e] > 0) {
      last = std::min(last, bound + kMargin);
    } else if (edges.steps[e] < 0) {
      first = std::max(first, bound - kMargin);
    } else if (highest < 0) {
      last = -1;
    }
  }
  if (last < first) return {};
  return {static_cast<int>(first), static_cast<int>(last) + 1};
}

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
  int32_t dx[3], dy[3];
  EdgeRow edges;
  for (int e = 0; e < 3; ++e) {
    dx[e] = static_cast<int32_t>(setup.dx[e]);
    dy[e] = static_cast<int32_t>(setup.dy[e]);
    edges.steps[e] = setup.dy[e] * kBlock;
    edges.inverse_steps[e] = dy[e] == 0 ? 0 : 1 / static_cast<double>(edges.steps[e]);
    edges.reach[e] = (std::abs(setup.dx[e]) + std::abs(setup.dy[e])) * kBlockReach;
  }
  const BlockPlanes<Samples> planes(dx, dy, setup.depth_x, setup.depth_y, t.id);
  for (int row = first_row; row < end_row; ++row) {
    const int64_t y = int64_t{row} * kBlock + kBlock / 2;
    const int64_t first_x = int64_t{first_column} * kBlock + kBlock / 2;
    for (int e = 0; e < 3; ++e) {
      edges.values[e] = setup.dx[e] * y - setup.dy[e] * first_x + setup.constant[e];
    }
    const ColumnRange columns = FindColumns(edges, end_column - first_column);
    for (int i = columns.first; i < columns.end; ++i) {
      const int column = first_column + i;
      if (!mask.is_drawn[static_cast<size_t>(row * mask.num_columns + column)]) continue;
      int32_t values[3];
      for (int e = 0; e < 3; ++e) {
        const int64_t value = edges.values[e] - edges.steps[e] * i;
        values[e] = static_cast<int32_t>(std::clamp(value, -edges.reach[e] - 1, edges.reach[e]));
      }
      const int64_t x = int64_t{column} * kBlock + kBlock / 2;
      const float depth = setup.depth_at + (setup.depth_x * (static_cast<float>(x) - setup.at_x) +
                                            setup.depth_y * (static_cast<float>(y) - setup.at_y));
      planes.Draw(layout, column, row, values, depth, sink);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
