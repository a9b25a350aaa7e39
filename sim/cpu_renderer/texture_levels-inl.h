// Levels of textures and their texels, for code that Highway compiles once for each instruction set
// (which is why the include guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_TEXTURE_LEVELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_TEXTURE_LEVELS_INL_H_
#undef LIBERO_TEXTURE_LEVELS_INL_H_
#else
#define LIBERO_TEXTURE_LEVELS_INL_H_
#endif

#include <hwy/highway.h>

#include "sim/cpu_renderer/texture.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
struct Rgb {
  hn::VFromD<D> r, g, b;  // in [0, 1]
};

// Coordinates and their derivatives along the picture's rows (x) and columns (y). llvmpipe takes
// the differences of neighbouring pixels, and those of 2D pictures once for each 2×2 pixels: those
// of the top left one.
template <class D>
struct TexCoord {
  hn::VFromD<D> value, dx, dy;
};

namespace texture_sampling {

template <class D>
using Ints = hn::RebindToSigned<D>;
template <class D>
using Words = hn::RebindToUnsigned<D>;
template <class D>
using VInt = hn::VFromD<Ints<D>>;
template <class D>
using VWord = hn::VFromD<Words<D>>;

// The nearest whole number (the even one for ties) of numbers in [0, 2^22]: adding 2^23 leaves no
// bits for fractions. Costs less than NearestInt, which takes care of numbers too large.
template <class D>
HWY_INLINE VInt<D> RoundSmall(D d, hn::VFromD<D> value) {
  const Ints<D> di;
  const auto shifted = hn::Add(value, hn::Set(d, 8388608.0F));
  return hn::Sub(hn::BitCast(di, shifted), hn::Set(di, 0x4B000000));
}

// Where squares of lengths in texels of the whole picture, along the frame's rows and columns, lie
// among the levels that the texture has: i for levels[i], i + 1/2 for between it and the next one.
template <class D>
HWY_INLINE hn::VFromD<D> FindLevel(D d, const Texture& texture, hn::VFromD<D> square_x,
                                   hn::VFromD<D> square_y) {
  const Ints<D> di;
  const auto bits = hn::BitCast(di, hn::Max(square_x, square_y));
  const auto exponent =
      hn::Sub(hn::And(hn::ShiftRight<23>(bits), hn::Set(di, 255)), hn::Set(di, 128));
  const auto mantissa =
      hn::BitCast(d, hn::Or(hn::And(bits, hn::Set(di, 0x007FFFFF)), hn::Set(di, 0x3F800000)));
  const auto log = hn::Mul(hn::Set(d, 0.5F), hn::Add(hn::ConvertTo(d, exponent), mantissa));
  const auto first = hn::Set(d, static_cast<float>(texture.first_level));
  const auto last = hn::Set(d, static_cast<float>(texture.num_levels - 1));
  return hn::Min(hn::Max(hn::Sub(log, first), hn::Zero(d)), last);
}

// A level for each lane.
template <class D>
struct Levels {
  VInt<D> width, height;
  VInt<D> stride;  // texels from row to row
  VInt<D> offset;  // of its first texel from that of levels[0]
};

template <class D>
HWY_INLINE Levels<D> OneLevel(D, const Texture& texture, int level) {
  const Ints<D> di;
  const MipLevel& mip = texture.levels[level];
  return {hn::Set(di, mip.width), hn::Set(di, mip.height), hn::Set(di, mip.width + 2),
          hn::Set(di, texture.level_offsets[level])};
}

template <class D>
HWY_INLINE Levels<D> LookUpLevels(D, const Texture& texture, VInt<D> level) {
  const Ints<D> di;
  const auto one = hn::Set(di, 1);
  const auto width = hn::Max(one, hn::Shr(hn::Set(di, texture.levels[0].width), level));
  const auto height = hn::Max(one, hn::Shr(hn::Set(di, texture.levels[0].height), level));
  return {width, height, hn::Add(width, hn::Set(di, 2)),
          hn::GatherIndex(di, texture.level_offsets, level)};
}

// filter(levels): a sample of the finer level of each lane, blended with one of the next level,
// blend(finer, coarser), unless no lane needs that.
template <class D, class Filter, class Blend>
HWY_INLINE auto FilterLevels(D d, const Texture& texture, VInt<D> level, bool needs_next,
                             const Filter& filter, const Blend& blend) {
  const Ints<D> di;
  const int last = texture.num_levels - 1;
  const int first = hn::GetLane(level);
  if (HWY_LIKELY(hn::AllTrue(di, hn::Eq(level, hn::Set(di, first))))) {
    const auto finer = filter(OneLevel(d, texture, first));
    if (!needs_next) return finer;
    return blend(finer, filter(OneLevel(d, texture, HWY_MIN(first + 1, last))));
  }
  const auto finer = filter(LookUpLevels(d, texture, level));
  if (!needs_next) return finer;
  const auto next = hn::Min(hn::Add(level, hn::Set(di, 1)), hn::Set(di, last));
  return blend(finer, filter(LookUpLevels(d, texture, next)));
}

// A texel and the one to the right of it.
template <class D>
struct TexelPair {
  VWord<D> left, right;
};

// Loads both texels of a pair at once, which halves the number of loads.
template <class D>
HWY_INLINE TexelPair<D> GatherPairs(D, const uint32_t* texels, VInt<D> index) {
  const Words<D> du;
#if HWY_TARGET == HWY_SCALAR  // whose vectors cannot be cut to halves
  return {hn::GatherIndex(du, texels, index), hn::GatherIndex(du, texels + 1, index)};
#else
  const hn::Half<Ints<D>> di_half;
  const hn::Repartition<uint64_t, D> du_pair;
  const hn::Repartition<int64_t, D> di_pair;
  const auto* pairs = reinterpret_cast<const uint64_t*>(texels);
  const auto gather = [&](hn::VFromD<decltype(di_half)> half) HWY_ATTR {
    const auto offset = hn::ShiftLeft<2>(hn::PromoteTo(di_pair, half));
    return hn::BitCast(du, hn::GatherOffset(du_pair, pairs, offset));
  };
  const auto lower = gather(hn::LowerHalf(di_half, index));
  const auto upper = gather(hn::UpperHalf(di_half, index));
  return {hn::ConcatEven(du, upper, lower), hn::ConcatOdd(du, upper, lower)};
#endif
}

// The square of (s·width, t·height)'s length.
template <class D>
HWY_INLINE hn::VFromD<D> SquareLength(hn::VFromD<D> s, hn::VFromD<D> t, hn::VFromD<D> width,
                                      hn::VFromD<D> height) {
  const auto x = hn::Mul(s, width);
  const auto y = hn::Mul(t, height);
  return hn::Add(hn::Mul(x, x), hn::Mul(y, y));
}

}  // namespace texture_sampling

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
