// Which triangles of a small cluster may be seen, for code that Highway compiles once for each
// instruction set (which is why the include guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_TRIANGLE_CANDIDATES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_TRIANGLE_CANDIDATES_INL_H_
#undef LIBERO_TRIANGLE_CANDIDATES_INL_H_
#else
#define LIBERO_TRIANGLE_CANDIDATES_INL_H_
#endif

#include <hwy/highway.h>

#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/pack_lanes-inl.h"
#include "sim/cpu_renderer/sample_pattern-inl.h"
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
  hn::StoreU(PackLanes(di, packed, is_seen), di, candidates.packed + candidates.num);
  candidates.num += static_cast<int>(hn::CountTrue(di, is_seen));
}

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
