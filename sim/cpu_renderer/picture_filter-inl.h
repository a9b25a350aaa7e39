// Texels of pictures (2D), for code that Highway compiles once for each instruction set (which is
// why the include guard is unusual; see hwy/foreach_target.h). Pictures are filtered in whole
// numbers: coordinates are rounded to 1/256 texel, and each interpolation (along rows, then
// columns, then between levels) to a whole value, half up.
// source: mesa@22.3.6:src/gallium/auxiliary/gallivm/lp_bld_sample_aos.c
// (lp_build_sample_image_linear, lp_build_sample_mipmap), lp_bld_arit.c (lp_build_lerp_simple)
#if defined(LIBERO_PICTURE_FILTER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_PICTURE_FILTER_INL_H_
#undef LIBERO_PICTURE_FILTER_INL_H_
#else
#define LIBERO_PICTURE_FILTER_INL_H_
#endif

#include <hwy/highway.h>

#include "sim/cpu_renderer/texture_levels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

namespace texture_sampling {

// Colours as words of two 16-bit halves: R | B << 16 and G | A << 16, each 0 to 255.
template <class D>
struct Packed {
  VWord<D> rb, ga;
};

template <class D>
HWY_INLINE Packed<D> Unpack(D, VWord<D> texel) {
  const auto bytes = hn::Set(Words<D>(), 0x00FF00FFU);
  return {hn::And(texel, bytes), hn::And(hn::ShiftRight<8>(texel), bytes)};
}

// Weights of 0 to 255, times 128, in both halves.
template <class D>
HWY_INLINE VWord<D> SpreadWeight(D, VInt<D> weight) {
  return hn::BitCast(Words<D>(), hn::Or(hn::ShiftLeft<7>(weight), hn::ShiftLeft<23>(weight)));
}

// a + (b - a)·weight/256 of each half, rounded half up.
template <class D>
HWY_INLINE VWord<D> MixHalves(D, VWord<D> a, VWord<D> b, VWord<D> weight) {
  const Words<D> du;
#if HWY_TARGET == HWY_SCALAR  // whose vectors cannot be cut to halves
  const uint32_t part = (hn::GetLane(weight) & 0xFFFFU) >> 7;
  const uint32_t sum = hn::GetLane(a) * (256 - part) + hn::GetLane(b) * part + 0x00800080U;
  return hn::Set(du, sum >> 8 & 0x00FF00FFU);
#else
  const hn::Repartition<int16_t, D> dh;
  const auto from = hn::BitCast(dh, a);
  const auto difference = hn::Sub(hn::BitCast(dh, b), from);
  return hn::BitCast(du, hn::Add(from, hn::MulFixedPoint15(difference, hn::BitCast(dh, weight))));
#endif
}

template <class D>
HWY_INLINE Packed<D> Mix(D d, const Packed<D>& a, const Packed<D>& b, VWord<D> weight) {
  return {MixHalves(d, a.rb, b.rb, weight), MixHalves(d, a.ga, b.ga, weight)};
}

// s and t in [0, 1].
template <class D>
HWY_INLINE Packed<D> FilterPicture(D d, const uint32_t* texels, const Levels<D>& level,
                                   hn::VFromD<D> s, hn::VFromD<D> t) {
  const Ints<D> di;
  const auto half = hn::Set(di, 128);  // minus half a texel, plus one of the frame
  const auto x =
      hn::Add(RoundSmall(d, hn::Mul(s, hn::ConvertTo(d, hn::ShiftLeft<8>(level.width)))), half);
  const auto y =
      hn::Add(RoundSmall(d, hn::Mul(t, hn::ConvertTo(d, hn::ShiftLeft<8>(level.height)))), half);
  const auto upper = hn::Add(hn::Add(level.offset, hn::ShiftRight<8>(x)),
                             hn::Mul(hn::ShiftRight<8>(y), level.stride));
  const auto fraction = hn::Set(di, 255);
  const auto weight_x = SpreadWeight(d, hn::And(x, fraction));
  const auto weight_y = SpreadWeight(d, hn::And(y, fraction));
  const TexelPair<D> above = GatherPairs(d, texels, upper);
  const TexelPair<D> below = GatherPairs(d, texels, hn::Add(upper, level.stride));
  return Mix(d, Mix(d, Unpack(d, above.left), Unpack(d, above.right), weight_x),
             Mix(d, Unpack(d, below.left), Unpack(d, below.right), weight_x), weight_y);
}

// The part of a coordinate behind its point, in [0, 1]; 0 if there is none.
template <class D>
HWY_INLINE hn::VFromD<D> Wrap(D d, hn::VFromD<D> value) {
  return Clamp01(d, hn::Sub(value, hn::Floor(value)));
}

}  // namespace texture_sampling
}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
