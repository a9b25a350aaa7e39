// Positions in the picture, for code that Highway compiles once for each instruction set (which is
// why the include guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_VERTEX_STAGE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_VERTEX_STAGE_INL_H_
#undef LIBERO_VERTEX_STAGE_INL_H_
#else
#define LIBERO_VERTEX_STAGE_INL_H_
#endif

#include <hwy/highway.h>

#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/view.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// At most 16 lanes, so that a cluster's positions and batches are whole vectors.
using FloatTag = hn::CappedTag<float, kTriangleBatch>;
using IntTag = hn::RebindToSigned<FloatTag>;
using FloatVec = hn::VFromD<FloatTag>;
using IntVec = hn::VFromD<IntTag>;
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(FloatTag()));

// row·(x, y, z, 1), summed from the left.
HWY_INLINE FloatVec AffineRow(const float row[4], FloatVec x, FloatVec y, FloatVec z) {
  const FloatTag d;
  const FloatVec xy = hn::Add(hn::Mul(hn::Set(d, row[0]), x), hn::Mul(hn::Set(d, row[1]), y));
  return hn::Add(hn::Add(xy, hn::Mul(hn::Set(d, row[2]), z)), hn::Set(d, row[3]));
}

// A cluster's positions in the picture.
struct PictureCluster {
  // pixels · 256, rounded: decides what is covered
  alignas(64) int32_t x[kClusterPositions];
  alignas(64) int32_t y[kClusterPositions];
  // the same, not rounded: decides how far it is
  alignas(64) float exact_x[kClusterPositions];
  alignas(64) float exact_y[kClusterPositions];
  alignas(64) float inverse_w[kClusterPositions];
  bool needs_clipping = false;  // then the values above are not valid
  bool is_small = false;        // all within kLargestBatched of each other
};

// What may be drawn without clipping.
struct PictureBounds {
  float near_w = 0;
  float min = 0;  // pixels
  float max = 0;
};

inline constexpr float kSubpixels = 256;

// Pixels within which the corners of a triangle_batch must be: twice the area of a triangle in a
// square of four pixels more fits 32 bits in 1/256 pixel.
inline constexpr float kLargestBatched = 150;

// Maps the positions, which are `x`, `y` and `z` of the object frame.
HWY_INLINE void TransformCluster(const ItemView& view, const PictureBounds& bounds, const float* x,
                                 const float* y, const float* z, PictureCluster& out) {
  const FloatTag d;
  const IntTag di;
  const FloatVec near_w = hn::Set(d, bounds.near_w);
  const FloatVec low = hn::Set(d, bounds.min);
  const FloatVec high = hn::Set(d, bounds.max);
  const FloatVec subpixels = hn::Set(d, kSubpixels);
  FloatVec min_x = high, max_x = low, min_y = high, max_y = low;
  auto is_inside = hn::Eq(low, low);
  for (int i = 0; i < kClusterPositions; i += kLanes) {
    const FloatVec px = hn::LoadU(d, x + i);
    const FloatVec py = hn::LoadU(d, y + i);
    const FloatVec pz = hn::LoadU(d, z + i);
    const FloatVec cx = AffineRow(view.to_pixel.data(), px, py, pz);
    const FloatVec cy = AffineRow(view.to_pixel.data() + 4, px, py, pz);
    const FloatVec cw = AffineRow(view.to_pixel.data() + 8, px, py, pz);
    const FloatVec inverse_w = hn::Div(hn::Set(d, 1.0F), cw);
    const FloatVec sx = hn::Mul(cx, inverse_w);
    const FloatVec sy = hn::Mul(cy, inverse_w);
    is_inside = hn::And(is_inside, hn::Ge(cw, near_w));
    if (view.has_clip) {
      const FloatVec clip = AffineRow(view.clip.data(), px, py, pz);
      is_inside = hn::And(is_inside, hn::Ge(clip, hn::Zero(d)));
    }
    min_x = hn::Min(min_x, sx);
    max_x = hn::Max(max_x, sx);
    min_y = hn::Min(min_y, sy);
    max_y = hn::Max(max_y, sy);
    const FloatVec exact_x = hn::Mul(sx, subpixels);
    const FloatVec exact_y = hn::Mul(sy, subpixels);
    hn::Store(exact_x, d, out.exact_x + i);
    hn::Store(exact_y, d, out.exact_y + i);
    hn::Store(hn::NearestInt(exact_x), di, out.x + i);
    hn::Store(hn::NearestInt(exact_y), di, out.y + i);
    hn::Store(inverse_w, d, out.inverse_w + i);
  }
  const float x_min = hn::GetLane(hn::MinOfLanes(d, min_x));
  const float x_max = hn::GetLane(hn::MaxOfLanes(d, max_x));
  const float y_min = hn::GetLane(hn::MinOfLanes(d, min_y));
  const float y_max = hn::GetLane(hn::MaxOfLanes(d, max_y));
  const bool fits = x_min >= bounds.min && y_min >= bounds.min && x_max <= bounds.max &&
                    y_max <= bounds.max;  // false for NaN
  out.needs_clipping = !fits || !hn::AllTrue(d, is_inside);
  out.is_small = x_max - x_min < kLargestBatched && y_max - y_min < kLargestBatched;
}

// table[index] for a table of kClusterPositions values; index: lanes in [0, 32).
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
static_assert(kLanes == 16 && kClusterPositions == 32);
HWY_INLINE FloatVec Lookup(FloatTag d, const float* table, IntVec index) {
  return FloatVec{
      _mm512_permutex2var_ps(hn::LoadU(d, table).raw, index.raw, hn::LoadU(d, table + kLanes).raw)};
}
HWY_INLINE IntVec Lookup(IntTag d, const int32_t* table, IntVec index) {
  return IntVec{_mm512_permutex2var_epi32(hn::LoadU(d, table).raw, index.raw,
                                          hn::LoadU(d, table + kLanes).raw)};
}
#else
template <class D>
HWY_INLINE hn::VFromD<D> Lookup(D d, const hn::TFromD<D>* table, IntVec index) {
  return hn::GatherIndex(d, table, index);
}
#endif

// 8-bit numbers as lanes.
HWY_INLINE IntVec LoadIndices(const uint8_t* indices) {
  const hn::Rebind<uint8_t, IntTag> d8;
  return hn::PromoteTo(IntTag(), hn::LoadU(d8, indices));
}

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void LoadColumns(const float* rows, const int32_t* index, FloatVec* columns) {
  for (ptrdiff_t k = 0; k < 4; ++k) columns[k] = hn::LoadU(FloatTag(), rows + 4 * index[0] + k);
}
#else
// Blocks of four floats, block i from rows + 4·index[4·i].
template <class D>
HWY_INLINE hn::VFromD<D> LoadRows(D d, const float* rows, const int32_t* index) {
  if constexpr (hn::MaxLanes(d) == 4) {
    return hn::LoadU(d, rows + 4 * static_cast<ptrdiff_t>(index[0]));
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, LoadRows(half, rows, index + hn::MaxLanes(half)),
                       LoadRows(half, rows, index));
  }
}

// The four columns of the rows that `index` names: columns[k] holds rows[4·index[lane] + k].
HWY_INLINE void LoadColumns(const float* rows, const int32_t* index, FloatVec* columns) {
  const FloatTag d;
  const FloatVec r0 = LoadRows(d, rows, index);
  const FloatVec r1 = LoadRows(d, rows, index + 1);
  const FloatVec r2 = LoadRows(d, rows, index + 2);
  const FloatVec r3 = LoadRows(d, rows, index + 3);
  const FloatVec low02 = hn::InterleaveLower(d, r0, r2);
  const FloatVec low13 = hn::InterleaveLower(d, r1, r3);
  const FloatVec high02 = hn::InterleaveUpper(d, r0, r2);
  const FloatVec high13 = hn::InterleaveUpper(d, r1, r3);
  columns[0] = hn::InterleaveLower(d, low02, low13);
  columns[1] = hn::InterleaveUpper(d, low02, low13);
  columns[2] = hn::InterleaveLower(d, high02, high13);
  columns[3] = hn::InterleaveUpper(d, high02, high13);
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
