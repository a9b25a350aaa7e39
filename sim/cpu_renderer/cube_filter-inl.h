// Texels of cubes, for code that Highway compiles once for each instruction set (which is why the
// include guard is unusual; see hwy/foreach_target.h). Cubes are filtered in floating point, across
// the edges of their faces, because MuJoCo asks for seamless cubes.
// source: mesa@22.3.6:src/gallium/auxiliary/gallivm/lp_bld_sample.c (lp_build_cube_lookup),
// lp_bld_sample_soa.c
#if defined(LIBERO_CUBE_FILTER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_CUBE_FILTER_INL_H_
#undef LIBERO_CUBE_FILTER_INL_H_
#else
#define LIBERO_CUBE_FILTER_INL_H_
#endif

#include <hwy/highway.h>

#include "sim/cpu_renderer/texture_levels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

namespace texture_sampling {

// The nearest number in [0, 1]; 0 for what is no number.
template <class D>
HWY_INLINE hn::VFromD<D> Clamp01(D d, hn::VFromD<D> value) {
  const auto is_number = hn::Eq(value, value);
  return hn::IfThenElseZero(is_number, hn::Min(hn::Max(value, hn::Zero(d)), hn::Set(d, 1.0F)));
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
}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
