// Vectors of texels, for code that Highway compiles once for each instruction set (which is why the
// include guard is unusual; see hwy/foreach_target.h). All operations are exactly rounded ones, and
// lanes know nothing of each other, so that all instruction sets give the same bits.
//
// Filters as llvmpipe does, because pictures shall equal its own:
// * Pictures (2D) are filtered in whole numbers: coordinates are rounded to 1/256 texel, and each
//   interpolation (along rows, then columns, then between levels) to a whole value, half up.
//   source: mesa@22.3.6:src/gallium/auxiliary/gallivm/lp_bld_sample_aos.c
//   (lp_build_sample_image_linear, lp_build_sample_mipmap), lp_bld_arit.c (lp_build_lerp_simple)
// * Cubes are filtered in floating point, across the edges of their faces, because MuJoCo asks for
//   seamless cubes. source: lp_bld_sample.c (lp_build_cube_lookup), lp_bld_sample_soa.c
// * The logarithm of the level of detail is a straight line between powers of two (of the squared
//   length). source: lp_bld_sample.c (lp_build_rho, lp_build_lod_selector), lp_bld_arit.c
//   (lp_build_fast_log2)
#if defined(LIBERO_TEXTURE_SAMPLING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_TEXTURE_SAMPLING_INL_H_
#undef LIBERO_TEXTURE_SAMPLING_INL_H_
#else
#define LIBERO_TEXTURE_SAMPLING_INL_H_
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

// The nearest number in [0, 1]; 0 for what is no number.
template <class D>
HWY_INLINE hn::VFromD<D> Clamp01(D d, hn::VFromD<D> value) {
  const auto is_number = hn::Eq(value, value);
  return hn::IfThenElseZero(is_number, hn::Min(hn::Max(value, hn::Zero(d)), hn::Set(d, 1.0F)));
}

// The part of a coordinate behind its point, in [0, 1]; 0 if there is none.
template <class D>
HWY_INLINE hn::VFromD<D> Wrap(D d, hn::VFromD<D> value) {
  return Clamp01(d, hn::Sub(value, hn::Floor(value)));
}

// The square of (s·width, t·height)'s length.
template <class D>
HWY_INLINE hn::VFromD<D> SquareLength(hn::VFromD<D> s, hn::VFromD<D> t, hn::VFromD<D> width,
                                      hn::VFromD<D> height) {
  const auto x = hn::Mul(s, width);
  const auto y = hn::Mul(t, height);
  return hn::Add(hn::Mul(x, x), hn::Mul(y, y));
}

// One of three, by the axis along which a direction is longest.
template <class V, class M>
HWY_INLINE V SelectAxis(M is_x, M is_z, V x, V y, V z) {
  return hn::IfThenElse(is_z, z, hn::IfThenElse(is_x, x, y));
}

// A face of a cube and the place in it, in [0, 1]; not numbers where the direction has no length.
template <class D>
struct CubePlace {
  VInt<D> face;
  TexCoord<D> s, t;  // derivatives up to their sign
};

// c / (2·|m|) + 1/2 and its derivatives, (c' - c·m'/m) / (2·m).
template <class D>
HWY_INLINE TexCoord<D> ProjectOnFace(D d, const TexCoord<D>& c, const TexCoord<D>& major) {
  const auto half = hn::Set(d, 0.5F);
  const auto inverse = hn::Div(hn::Set(d, 1.0F), major.value);
  const auto scale = hn::Mul(half, inverse);
  const auto derivative = [&](hn::VFromD<D> dc, hn::VFromD<D> dm) {
    return hn::Mul(hn::Sub(dc, hn::Mul(hn::Mul(dm, inverse), c.value)), scale);
  };
  return {hn::Add(hn::Mul(c.value, hn::Abs(scale)), half), derivative(c.dx, major.dx),
          derivative(c.dy, major.dy)};
}

// z wins over y, and y over x, where a direction is as long along two axes.
// source: OpenGL 4.5 compatibility profile, table 8.19
template <class D>
HWY_INLINE CubePlace<D> FindCubePlace(D d, const TexCoord<D>& x, const TexCoord<D>& y,
                                      const TexCoord<D>& z) {
  const Ints<D> di;
  const auto abs_x = hn::Abs(x.value);
  const auto abs_y = hn::Abs(y.value);
  const auto is_x = hn::Gt(abs_x, abs_y);
  const auto is_z = hn::Ge(hn::Abs(z.value), hn::Max(abs_x, abs_y));
  const auto select = [&](hn::VFromD<D> vx, hn::VFromD<D> vy, hn::VFromD<D> vz) {
    return SelectAxis(is_x, is_z, vx, vy, vz);
  };
  const TexCoord<D> major = {select(x.value, y.value, z.value), select(x.dx, y.dx, z.dx),
                             select(x.dy, y.dy, z.dy)};
  const auto sign = hn::And(major.value, hn::SignBit(d));

  // the face's coordinates: (-z, -y), (x, z), (x, -y), some of them mirrored on the negative faces
  const auto across = [&](hn::VFromD<D> vx, hn::VFromD<D> vz) {
    return select(hn::Xor(sign, hn::Neg(vz)), vx, hn::Xor(sign, vx));
  };
  const auto down = [&](hn::VFromD<D> vy, hn::VFromD<D> vz) {
    return select(hn::Neg(vy), hn::Xor(sign, vz), hn::Neg(vy));
  };
  const TexCoord<D> sc = {across(x.value, z.value), across(x.dx, z.dx), across(x.dy, z.dy)};
  const TexCoord<D> tc = {down(y.value, z.value), down(y.dx, z.dx), down(y.dy, z.dy)};

  const auto axis = SelectAxis(hn::RebindMask(di, is_x), hn::RebindMask(di, is_z), hn::Zero(di),
                               hn::Set(di, 2), hn::Set(di, 4));
  const auto is_negative = hn::BitCast(di, hn::ShiftRight<31>(hn::BitCast(Words<D>(), sign)));
  return {hn::Or(axis, is_negative), ProjectOnFace(d, sc, major), ProjectOnFace(d, tc, major)};
}

template <class D>
HWY_INLINE Rgb<D> UnpackFloats(D d, VWord<D> texel) {
  const Ints<D> di;
  const auto byte = hn::Set(di, 255);
  const auto bits = hn::BitCast(di, texel);
  return {hn::ConvertTo(d, hn::And(bits, byte)),
          hn::ConvertTo(d, hn::And(hn::ShiftRight<8>(bits), byte)),
          hn::ConvertTo(d, hn::And(hn::ShiftRight<16>(bits), byte))};
}

template <class D>
HWY_INLINE Rgb<D> Mix(D, const Rgb<D>& a, const Rgb<D>& b, hn::VFromD<D> weight) {
  return {hn::Add(a.r, hn::Mul(weight, hn::Sub(b.r, a.r))),
          hn::Add(a.g, hn::Mul(weight, hn::Sub(b.g, a.g))),
          hn::Add(a.b, hn::Mul(weight, hn::Sub(b.b, a.b)))};
}

// s and t in [0, 1]; colours from 0 to 255.
template <class D>
HWY_INLINE Rgb<D> FilterFace(D d, const uint32_t* texels, const Levels<D>& level, VInt<D> face,
                             hn::VFromD<D> s, hn::VFromD<D> t) {
  const auto half = hn::Set(d, 0.5F);  // minus half a texel, plus one of the frame
  const auto x = hn::Add(hn::Mul(s, hn::ConvertTo(d, level.width)), half);
  const auto y = hn::Add(hn::Mul(t, hn::ConvertTo(d, level.height)), half);
  const auto whole_x = hn::Floor(x);
  const auto whole_y = hn::Floor(y);
  // faces have as many rows, with their frames, as columns
  const auto row = hn::Add(hn::Mul(face, level.stride), RoundSmall(d, whole_y));
  const auto upper =
      hn::Add(hn::Add(level.offset, RoundSmall(d, whole_x)), hn::Mul(row, level.stride));
  const TexelPair<D> above = GatherPairs(d, texels, upper);
  const TexelPair<D> below = GatherPairs(d, texels, hn::Add(upper, level.stride));
  const auto weight_x = hn::Sub(x, whole_x);
  return Mix(d, Mix(d, UnpackFloats(d, above.left), UnpackFloats(d, above.right), weight_x),
             Mix(d, UnpackFloats(d, below.left), UnpackFloats(d, below.right), weight_x),
             hn::Sub(y, whole_y));
}

}  // namespace texture_sampling

// What OpenGL's GL_LINEAR_MIPMAP_LINEAR with GL_REPEAT gives at (s, t); levels that the texture
// lacks count as the nearest one that it has. Coordinates that are no numbers give some texel.
template <class D>
HWY_INLINE Rgb<D> SampleTexture2d(D d, const Texture& texture, const TexCoord<D>& s,
                                  const TexCoord<D>& t) {
  namespace ts = texture_sampling;
  const ts::Ints<D> di;
  const auto byte = hn::Set(di, 255);

  // the level, in 1/256
  const auto width = hn::Set(d, static_cast<float>(texture.width));
  const auto height = hn::Set(d, static_cast<float>(texture.height));
  const auto level = ts::FindLevel(d, texture, ts::SquareLength<D>(s.dx, t.dx, width, height),
                                   ts::SquareLength<D>(s.dy, t.dy, width, height));
  const auto fixed = ts::RoundSmall(d, hn::Floor(hn::Mul(level, hn::Set(d, 256.0F))));
  const auto weight = hn::And(fixed, byte);
  const bool needs_next = !hn::AllTrue(di, hn::Eq(weight, hn::Zero(di)));

  // bytes
  const auto wrapped_s = ts::Wrap(d, s.value);
  const auto wrapped_t = ts::Wrap(d, t.value);
  const auto filter = [&](const ts::Levels<D>& levels) HWY_ATTR {
    return ts::FilterPicture(d, texture.levels[0].texels, levels, wrapped_s, wrapped_t);
  };
  const auto blend = [&](const ts::Packed<D>& finer, const ts::Packed<D>& coarser) HWY_ATTR {
    return ts::Mix(d, finer, coarser, ts::SpreadWeight(d, weight));
  };
  const ts::Packed<D> color =
      ts::FilterLevels(d, texture, hn::ShiftRight<8>(fixed), needs_next, filter, blend);

  // as fractions
  const auto scale = hn::Set(d, 1.0F / 255);
  const auto rb = hn::BitCast(di, color.rb);
  const auto ga = hn::BitCast(di, color.ga);
  return {hn::Mul(hn::ConvertTo(d, hn::And(rb, byte)), scale),
          hn::Mul(hn::ConvertTo(d, hn::And(ga, byte)), scale),
          hn::Mul(hn::ConvertTo(d, hn::ShiftRight<16>(rb)), scale)};
}

// The same for the direction (s, t, r) and a cube, which is filtered across the edges of its faces
// (GL_TEXTURE_CUBE_MAP_SEAMLESS).
template <class D>
HWY_INLINE Rgb<D> SampleTextureCube(D d, const Texture& texture, const TexCoord<D>& s,
                                    const TexCoord<D>& t, const TexCoord<D>& r) {
  namespace ts = texture_sampling;
  const ts::CubePlace<D> place = ts::FindCubePlace(d, s, t, r);

  const auto size = hn::Set(d, static_cast<float>(texture.width));
  const auto level =
      ts::FindLevel(d, texture, ts::SquareLength<D>(place.s.dx, place.t.dx, size, size),
                    ts::SquareLength<D>(place.s.dy, place.t.dy, size, size));
  const auto whole = hn::Floor(level);
  const auto weight = hn::Sub(level, whole);
  const bool needs_next = !hn::AllTrue(d, hn::Eq(weight, hn::Zero(d)));

  const auto face_s = ts::Clamp01(d, place.s.value);
  const auto face_t = ts::Clamp01(d, place.t.value);
  const auto filter = [&](const ts::Levels<D>& levels) HWY_ATTR {
    return ts::FilterFace(d, texture.levels[0].texels, levels, place.face, face_s, face_t);
  };
  const auto blend = [&](const Rgb<D>& finer, const Rgb<D>& coarser) HWY_ATTR {
    return ts::Mix(d, finer, coarser, weight);
  };
  const Rgb<D> color =
      ts::FilterLevels(d, texture, ts::RoundSmall(d, whole), needs_next, filter, blend);

  const auto scale = hn::Set(d, 1.0F / 255);
  return {hn::Mul(color.r, scale), hn::Mul(color.g, scale), hn::Mul(color.b, scale)};
}

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
