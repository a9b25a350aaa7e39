// How the triangles of a small cluster are drawn together, for code that Highway compiles once for
// each instruction set (which is why the include guard is unusual; see hwy/foreach_target.h). A
// vector's lanes are triangles until it is known which samples they cover, and samples from then
// on:
// * SelectCandidates (triangle_candidates-inl.h) sorts out what faces away or lies between the
//   lines of the samples' grid,
// * SetUpLanes finds what those within 2×2 pixels cover, and the planes of all,
// * DrawSmall (draw_batch-inl.h) tests depth, a pixel of a small triangle at a time, and DrawLarge
//   draws the others by rows of four pixels (or by blocks, if they are wide).
// Each works through the whole cluster before the next, so that the order in which samples are
// taken does not depend on the number of lanes.
#if defined(LIBERO_TRIANGLE_BATCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_TRIANGLE_BATCH_INL_H_
#undef LIBERO_TRIANGLE_BATCH_INL_H_
#else
#define LIBERO_TRIANGLE_BATCH_INL_H_
#endif

#include <hwy/highway.h>

#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/pack_lanes-inl.h"
#include "sim/cpu_renderer/raster_stage-inl.h"
#include "sim/cpu_renderer/triangle_candidates-inl.h"
#include "sim/cpu_renderer/vertex_stage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Indices of triangles.
struct TriangleList {
  int num = 0;
  int32_t indices[kMostCandidates];

  // Adds those of kLanes triangles from `first` on for which `is_in`.
  template <class Mask>
  HWY_INLINE void Add(Mask is_in, int first) {
    const IntTag di;
    hn::StoreU(PackLanes(di, hn::Iota(di, first), is_in), di, indices + num);
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

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
