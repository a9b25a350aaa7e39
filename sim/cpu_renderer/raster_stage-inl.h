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

// Where samples are in a pixel, in units of 32/256 pixel.
struct FourSamples {
  static constexpr int kX[kNumSamples] = {3, 7, 1, 5};
  static constexpr int kY[kNumSamples] = {1, 3, 5, 7};
};
struct CenterSample {
  static constexpr int kX[kNumSamples] = {4, 4, 4, 4};
  static constexpr int kY[kNumSamples] = {4, 4, 4, 4};
};
inline constexpr int kSampleUnit = 32;
inline constexpr int kPixel = 256;  // of snapped coordinates
inline constexpr int kPixelShift = 8;

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

// A block's samples relative to its centre, in 1/256 pixel: those of its first pixel, what other
// pixels add, and all of them.
template <class Samples>
struct BlockLanes {
  int32_t first_x[kNumSamples];
  int32_t first_y[kNumSamples];
  alignas(64) int32_t pixel_x[kBlockPixels];
  alignas(64) int32_t pixel_y[kBlockPixels];
  alignas(64) float x[kNumSamples][kBlockPixels];
  alignas(64) float y[kNumSamples][kBlockPixels];
  constexpr BlockLanes() : first_x{}, first_y{}, pixel_x{}, pixel_y{}, x{}, y{} {
    constexpr int kHalf = kBlockSize / 2 * kPixel;
    for (int i = 0; i < kBlockPixels; ++i) {
      pixel_x[i] = i % kBlockSize * kPixel;
      pixel_y[i] = i / kBlockSize * kPixel;
    }
    for (int s = 0; s < kNumSamples; ++s) {
      first_x[s] = Samples::kX[s] * kSampleUnit - kHalf;
      first_y[s] = Samples::kY[s] * kSampleUnit - kHalf;
      for (int i = 0; i < kBlockPixels; ++i) {
        x[s][i] = static_cast<float>(first_x[s] + pixel_x[i]);
        y[s][i] = static_cast<float>(first_y[s] + pixel_y[i]);
      }
    }
  }
};
template <class Samples>
inline constexpr BlockLanes<Samples> kBlockLanes{};

// Takes what is covered: writes it into the visibility buffer.
struct OpaqueSink {
  static constexpr bool kSkipsInvisible = false;
  float* depth;
  uint32_t* ids;
  bool has_drawn = false;

  // One sample, if it is the front-most so far. `address`: of the sample in the buffer.
  HWY_INLINE void TakeSample(size_t address, int, int, float inverse_w, TriangleId id) {
    if (inverse_w < depth[address]) return;
    depth[address] = inverse_w;
    ids[address] = id;
    has_drawn = true;
  }

  // A sample of kLanes pixels.
  template <class Mask>
  HWY_INLINE void TakeLanes(size_t address, int, int, Mask is_front, FloatVec inverse_w,
                            FloatVec old_depth, TriangleId id) {
    const FloatTag d;
    const hn::RebindToUnsigned<FloatTag> du;
    hn::Store(hn::IfThenElse(is_front, inverse_w, old_depth), d, depth + address);
    const auto old_ids = hn::Load(du, ids + address);
    hn::Store(hn::IfThenElse(hn::RebindMask(du, is_front), hn::Set(du, id), old_ids), du,
              ids + address);
    has_drawn = true;
  }
  HWY_INLINE void EndTriangleInBlock(int, int, TriangleId) {}
};

// Collects fragments of what is covered and not hidden.
struct FragmentSink {
  static constexpr bool kSkipsInvisible = true;
  const float* depth;
  std::vector<Fragment>* fragments;
  bool has_drawn = false;
  uint32_t samples[kBlockPixels] = {};  // of the triangle at hand, in the block at hand

  HWY_INLINE void TakeSample(size_t address, int, int, float inverse_w, TriangleId) {
    if (inverse_w < depth[address]) return;
    const size_t in_block = address % (kNumSamples * kBlockPixels);
    samples[in_block % kBlockPixels] |= 1U << (in_block / kBlockPixels);
  }

  template <class Mask>
  HWY_INLINE void TakeLanes(size_t, int sample, int first_lane, Mask is_front, FloatVec, FloatVec,
                            TriangleId) {
    const hn::RebindToUnsigned<FloatTag> du;
    const auto bit = hn::IfThenElseZero(hn::RebindMask(du, is_front), hn::Set(du, 1U << sample));
    hn::StoreU(hn::Or(hn::LoadU(du, samples + first_lane), bit), du, samples + first_lane);
  }

  HWY_INLINE void EndTriangleInBlock(int column, int row, TriangleId id) {
    for (int i = 0; i < kBlockPixels; ++i) {
      if (samples[i] == 0) continue;
      fragments->push_back({PackPixel(column * kBlockSize + i % kBlockSize,
                                      row * kBlockSize + i / kBlockSize, samples[i]),
                            id});
      samples[i] = 0;
      has_drawn = true;
    }
  }
};

// One triangle's edge functions and 1/W at the samples of any block, relative to the values at the
// block's centre.
template <class Samples>
struct BlockPlanes {
  static constexpr int kParts = kBlockPixels / kLanes;
  IntVec edges[3][kNumSamples][kParts];
  FloatVec depth[kNumSamples][kParts];

  HWY_INLINE BlockPlanes(const int32_t (&dx)[3], const int32_t (&dy)[3], float depth_x,
                         float depth_y) {
    const FloatTag d;
    const IntTag di;
    const BlockLanes<Samples>& lanes = kBlockLanes<Samples>;
    for (int e = 0; e < 3; ++e) {
      for (int i = 0; i < kParts; ++i) {
        const IntVec pixels =
            hn::Sub(hn::Mul(hn::Set(di, dx[e]), hn::Load(di, lanes.pixel_y + i * kLanes)),
                    hn::Mul(hn::Set(di, dy[e]), hn::Load(di, lanes.pixel_x + i * kLanes)));
        for (int s = 0; s < kNumSamples; ++s) {
          const int32_t first = dx[e] * lanes.first_y[s] - dy[e] * lanes.first_x[s];
          edges[e][s][i] = hn::Add(pixels, hn::Set(di, first));
        }
      }
    }
    for (int s = 0; s < kNumSamples; ++s) {
      for (int i = 0; i < kParts; ++i) {
        depth[s][i] = hn::Add(hn::Mul(hn::Set(d, depth_x), hn::Load(d, lanes.x[s] + i * kLanes)),
                              hn::Mul(hn::Set(d, depth_y), hn::Load(d, lanes.y[s] + i * kLanes)));
      }
    }
  }

  // Draws the part of the triangle that is in a block. `edges_at_center` must not be so far from 0
  // that sums overflow.
  template <class Sink>
  HWY_INLINE void Draw(size_t block, const int32_t (&edges_at_center)[3], float depth_at_center,
                       TriangleId id, Sink& sink) const {
    const FloatTag d;
    const IntTag di;
    const IntVec edge0 = hn::Set(di, edges_at_center[0]);
    const IntVec edge1 = hn::Set(di, edges_at_center[1]);
    const IntVec edge2 = hn::Set(di, edges_at_center[2]);
    const FloatVec center = hn::Set(d, depth_at_center);
    const float* old_depth = sink.depth;
    for (int s = 0; s < kNumSamples; ++s) {
      for (int i = 0; i < kParts; ++i) {
        const size_t address = (block * kNumSamples + static_cast<size_t>(s)) * kBlockPixels +
                               static_cast<size_t>(i * kLanes);
        // negative: outside
        const IntVec outside =
            hn::Or(hn::Or(hn::Add(edges[0][s][i], edge0), hn::Add(edges[1][s][i], edge1)),
                   hn::Add(edges[2][s][i], edge2));
        const FloatVec inverse_w = hn::Add(center, depth[s][i]);
        const FloatVec old = hn::Load(d, old_depth + address);
        const auto is_front =
            hn::And(hn::RebindMask(d, hn::Gt(outside, hn::Set(di, -1))), hn::Ge(inverse_w, old));
        if (hn::AllFalse(d, is_front)) continue;
        sink.TakeLanes(address, s, i * kLanes, is_front, inverse_w, old, id);
      }
    }
  }
};

// Draws a triangle of any size whose corners are within PictureBounds.
template <class Samples, class Sink>
HWY_INLINE void DrawTriangle(const RasterTriangle& t, const BlockMask& mask, Sink& sink) {
  constexpr int kBlockShift = kPixelShift + 2;
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
    reach[e] = (std::abs(setup.dx[e]) + std::abs(setup.dy[e])) * (2 * kPixel - kSampleUnit);
  }
  constexpr int64_t kBlock = kBlockSize * kPixel;
  for (int row = first_row; row < end_row; ++row) {
    const int64_t y = row * kBlock + kBlock / 2;
    const int64_t first_x = first_column * kBlock + kBlock / 2;
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
      const int64_t x = column * kBlock + kBlock / 2;
      const float depth = setup.depth_at + (setup.depth_x * (static_cast<float>(x) - setup.at_x) +
                                            setup.depth_y * (static_cast<float>(y) - setup.at_y));
      planes.Draw(block, edges, depth, t.id, sink);
      sink.EndTriangleInBlock(column, row, t.id);
    }
  }
}

HWY_INLINE auto IsAtMost(IntVec a, IntVec b) {
  return hn::Not(hn::Gt(a, b));
}

// Triangles of a cluster, packed: corners in the lower three bytes, the triangle's number above.
struct Candidates {
  int num = 0;
  alignas(64) int32_t packed[kClusterTriangles + 2 * kTriangleBatch];
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

// The first and the last multiple of 1/8 pixel between bounds: there may be samples.
HWY_INLINE IntVec FirstUnit(IntVec min) {
  return hn::ShiftRight<5>(hn::Add(min, hn::Set(IntTag(), kSampleUnit - 1)));
}
HWY_INLINE IntVec LastUnit(IntVec max) {
  return hn::ShiftRight<5>(max);
}

// Adds those of kLanes triangles that face the eye and may cover a sample. `first`: the number of
// the first one.
HWY_INLINE void SelectCandidates(const PictureCluster& cluster, IntVec corner0, IntVec corner1,
                                 IntVec corner2, int first, const BlockMask& mask,
                                 Candidates& candidates) {
  const IntTag di;
  constexpr int kUnits = kBlockSize * 8;  // of a block
  const LaneCorners corners(cluster, corner0, corner1, corner2);
  const IntVec first_x = hn::Max(FirstUnit(corners.min_x), hn::Set(di, mask.first_column * kUnits));
  const IntVec first_y = hn::Max(FirstUnit(corners.min_y), hn::Set(di, mask.first_row * kUnits));
  const IntVec last_x = hn::Min(LastUnit(corners.max_x), hn::Set(di, mask.end_column * kUnits - 1));
  const IntVec last_y = hn::Min(LastUnit(corners.max_y), hn::Set(di, mask.end_row * kUnits - 1));
  const auto is_seen = hn::And(hn::Gt(corners.Area(), hn::Zero(di)),
                               hn::And(IsAtMost(first_x, last_x), IsAtMost(first_y, last_y)));
  const IntVec packed =
      hn::Or(hn::Or(corner0, hn::ShiftLeft<8>(corner1)),
             hn::Or(hn::ShiftLeft<16>(corner2), hn::ShiftLeft<24>(hn::Iota(di, first))));
  hn::StoreU(hn::Compress(packed, is_seen), di, candidates.packed + candidates.num);
  candidates.num += static_cast<int>(hn::CountTrue(di, is_seen));
}

// What 16 candidates or fewer are drawn from.
struct TriangleBatch {
  // the samples of 2×2 pixels that a small one covers, bit 4·pixel + sample; 0 for larger ones
  alignas(64) int32_t hits[kTriangleBatch];
  alignas(64) int32_t is_large[kTriangleBatch];  // else small
  alignas(64) int32_t first_x[kTriangleBatch];   // of a small one: the lower left of the pixels
  alignas(64) int32_t first_y[kTriangleBatch];
  // of a large one: corners, edges and bounds
  alignas(64) int32_t x[3][kTriangleBatch], y[3][kTriangleBatch];
  alignas(64) int32_t dx[3][kTriangleBatch], dy[3][kTriangleBatch];
  alignas(64) int32_t bias[3][kTriangleBatch];
  alignas(64) int32_t min_x[kTriangleBatch], max_x[kTriangleBatch];
  alignas(64) int32_t min_y[kTriangleBatch], max_y[kTriangleBatch];
  // the plane of 1/W: at a point, and its change
  alignas(64) float depth[kTriangleBatch];
  alignas(64) float at_x[kTriangleBatch];
  alignas(64) float at_y[kTriangleBatch];
  alignas(64) float depth_x[kTriangleBatch];
  alignas(64) float depth_y[kTriangleBatch];
};

// The samples of 2×2 pixels inside three edges dx·y - dy·x + constant >= 0, bit 4·pixel + sample;
// (x, y) in 1/256 pixel from the pixels' lower left corner.
template <class Samples>
HWY_INLINE IntVec CoveredSamples(const IntVec (&dx)[3], const IntVec (&dy)[3],
                                 const IntVec (&constant)[3]) {
  const IntTag di;
  IntVec hits = hn::Zero(di);
  for (int pixel = 0; pixel < 4; ++pixel) {
    for (int s = 0; s < kNumSamples; ++s) {
      const IntVec y = hn::Set(di, pixel / 2 * kPixel + Samples::kY[s] * kSampleUnit);
      const IntVec x = hn::Set(di, pixel % 2 * kPixel + Samples::kX[s] * kSampleUnit);
      IntVec outside = hn::Zero(di);  // negative: outside
      for (int e = 0; e < 3; ++e) {
        outside = hn::Or(
            outside, hn::Add(hn::Add(constant[e], hn::Mul(dx[e], y)), hn::Mul(hn::Neg(dy[e]), x)));
      }
      const IntVec bit = hn::Set(di, 1 << (4 * pixel + s));
      hits = hn::Or(hits, hn::IfThenElseZero(hn::Gt(outside, hn::Set(di, -1)), bit));
    }
  }
  return hits;
}

// Sets up the candidates [first, first + kLanes).
template <class Samples>
HWY_INLINE void SetUpLanes(const PictureCluster& cluster, const Candidates& candidates, int first,
                           TriangleBatch& batch, int lane) {
  const FloatTag d;
  const IntTag di;
  const IntVec packed = hn::LoadU(di, candidates.packed + first);
  const IntVec byte = hn::Set(di, 255);
  const LaneCorners t(cluster, hn::And(packed, byte), hn::And(hn::ShiftRight<8>(packed), byte),
                      hn::And(hn::ShiftRight<16>(packed), byte));

  // those within 2×2 pixels
  const IntVec px = hn::ShiftRight<3>(FirstUnit(t.min_x));
  const IntVec py = hn::ShiftRight<3>(FirstUnit(t.min_y));
  const IntVec one = hn::Set(di, 1);
  const auto is_small = hn::And(IsAtMost(hn::Sub(hn::ShiftRight<3>(LastUnit(t.max_x)), px), one),
                                IsAtMost(hn::Sub(hn::ShiftRight<3>(LastUnit(t.max_y)), py), one));
  const IntVec origin_x = hn::ShiftLeft<8>(px);
  const IntVec origin_y = hn::ShiftLeft<8>(py);

  // edges, and small ones' samples
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
    hn::Store(t.x[e], di, batch.x[e] + lane);
    hn::Store(t.y[e], di, batch.y[e] + lane);
    hn::Store(dx[e], di, batch.dx[e] + lane);
    hn::Store(dy[e], di, batch.dy[e] + lane);
    hn::Store(bias, di, batch.bias[e] + lane);
  }
  hn::Store(hn::IfThenElseZero(is_small, CoveredSamples<Samples>(dx, dy, constant)), di,
            batch.hits + lane);
  hn::Store(hn::IfThenZeroElse(is_small, one), di, batch.is_large + lane);
  hn::Store(px, di, batch.first_x + lane);
  hn::Store(py, di, batch.first_y + lane);
  hn::Store(t.min_x, di, batch.min_x + lane);
  hn::Store(t.max_x, di, batch.max_x + lane);
  hn::Store(t.min_y, di, batch.min_y + lane);
  hn::Store(t.max_y, di, batch.max_y + lane);

  // the plane of 1/W
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
  const auto choose = [&](FloatVec exact, IntVec rounded) {
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
  const FloatVec depth_x = hn::Mul(hn::Sub(hn::Mul(w1, y2), hn::Mul(w2, y1)), inverse_area);
  const FloatVec depth_y = hn::Mul(hn::Sub(hn::Mul(w2, x1), hn::Mul(w1, x2)), inverse_area);
  hn::Store(w0, d, batch.depth + lane);
  hn::Store(at_x, d, batch.at_x + lane);
  hn::Store(at_y, d, batch.at_y + lane);
  hn::Store(depth_x, d, batch.depth_x + lane);
  hn::Store(depth_y, d, batch.depth_y + lane);
}

// Draws one of the large triangles, whose corners are within 64 pixels of each other.
template <class Samples, class Sink>
HWY_INLINE void DrawLarge(const TriangleBatch& batch, int lane, TriangleId id,
                          const BlockMask& mask, Sink& sink) {
  constexpr int kBlockShift = kPixelShift + 2;
  constexpr int32_t kBlock = kBlockSize * kPixel;
  const int first_column = std::max(batch.min_x[lane] >> kBlockShift, mask.first_column);
  const int end_column = std::min((batch.max_x[lane] >> kBlockShift) + 1, mask.end_column);
  const int first_row = std::max(batch.min_y[lane] >> kBlockShift, mask.first_row);
  const int end_row = std::min((batch.max_y[lane] >> kBlockShift) + 1, mask.end_row);
  const int32_t dx[3] = {batch.dx[0][lane], batch.dx[1][lane], batch.dx[2][lane]};
  const int32_t dy[3] = {batch.dy[0][lane], batch.dy[1][lane], batch.dy[2][lane]};
  const float depth_x = batch.depth_x[lane];
  const float depth_y = batch.depth_y[lane];
  const BlockPlanes<Samples> planes(dx, dy, depth_x, depth_y);

  // edge functions at the first block's centre, and how much further they may be at a sample
  const int32_t first_x = first_column * kBlock + kBlock / 2;
  const int32_t first_y = first_row * kBlock + kBlock / 2;
  int32_t row_values[3];
  int32_t reach[3];
  for (int e = 0; e < 3; ++e) {
    row_values[e] = dx[e] * (first_y - batch.y[e][lane]) - dy[e] * (first_x - batch.x[e][lane]) +
                    batch.bias[e][lane];
    reach[e] = (std::abs(dx[e]) + std::abs(dy[e])) * (2 * kPixel - kSampleUnit);
  }
  for (int row = first_row; row < end_row; ++row) {
    int32_t values[3] = {row_values[0], row_values[1], row_values[2]};
    for (int e = 0; e < 3; ++e) row_values[e] += dx[e] * kBlock;
    const float y = static_cast<float>(row * kBlock + kBlock / 2) - batch.at_y[lane];
    for (int column = first_column; column < end_column; ++column) {
      const int32_t edges[3] = {values[0], values[1], values[2]};
      for (int e = 0; e < 3; ++e) values[e] -= dy[e] * kBlock;
      const auto block = static_cast<size_t>(row * mask.num_columns + column);
      const int32_t outside = (edges[0] + reach[0]) | (edges[1] + reach[1]) | (edges[2] + reach[2]);
      if (outside < 0 || !mask.is_drawn[block]) continue;
      const float x = static_cast<float>(column * kBlock + kBlock / 2) - batch.at_x[lane];
      const float depth = batch.depth[lane] + (depth_x * x + depth_y * y);
      planes.Draw(block, edges, depth, id, sink);
      sink.EndTriangleInBlock(column, row, id);
    }
  }
}

// Draws one of the small triangles.
template <class Samples, class Sink>
HWY_INLINE void DrawSmall(const TriangleBatch& small, int lane, TriangleId id,
                          const BlockMask& mask, Sink& sink) {
  auto hits = static_cast<uint32_t>(small.hits[lane]);
  int last_column = -1;
  int last_row = -1;
  const float from_x = static_cast<float>(small.first_x[lane] * kPixel) - small.at_x[lane];
  const float from_y = static_cast<float>(small.first_y[lane] * kPixel) - small.at_y[lane];
  for (int pixel = 0; pixel < 4; ++pixel) {
    uint32_t samples = (hits >> (4 * pixel)) & 15U;
    if (samples == 0) continue;
    const int x = small.first_x[lane] + pixel % 2;
    const int y = small.first_y[lane] + pixel / 2;
    const int column = x >> 2;
    const int row = y >> 2;
    if (column < mask.first_column || column >= mask.end_column || row < mask.first_row ||
        row >= mask.end_row) {
      continue;
    }
    const auto block = static_cast<size_t>(row * mask.num_columns + column);
    if (!mask.is_drawn[block]) continue;
    if ((column != last_column || row != last_row) && last_column >= 0) {
      sink.EndTriangleInBlock(last_column, last_row, id);
    }
    last_column = column;
    last_row = row;
    const size_t base =
        block * (kNumSamples * kBlockPixels) + static_cast<size_t>((y & 3) * kBlockSize + (x & 3));
    for (; samples != 0; samples &= samples - 1) {
      const int s = std::countr_zero(samples);
      const auto along_x = static_cast<float>((pixel % 2) * kPixel + Samples::kX[s] * kSampleUnit);
      const auto along_y = static_cast<float>((pixel / 2) * kPixel + Samples::kY[s] * kSampleUnit);
      const float depth = small.depth[lane] + (small.depth_x[lane] * (from_x + along_x) +
                                               small.depth_y[lane] * (from_y + along_y));
      sink.TakeSample(base + static_cast<size_t>(s * kBlockPixels), x, y, depth, id);
    }
  }
  if (last_column >= 0) sink.EndTriangleInBlock(last_column, last_row, id);
}

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
