// What becomes of samples that a triangle covers, for code that Highway compiles once for each
// instruction set (which is why the include guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_SAMPLE_SINKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_SAMPLE_SINKS_INL_H_
#undef LIBERO_SAMPLE_SINKS_INL_H_
#else
#define LIBERO_SAMPLE_SINKS_INL_H_
#endif

#include <hwy/highway.h>

#include <vector>

#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/sample_pattern-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
