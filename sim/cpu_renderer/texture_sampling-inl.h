// Vectors of texels, for code that Highway compiles once for each instruction set (which is why the
// include guard is unusual; see hwy/foreach_target.h). All operations are exactly rounded ones, and
// lanes know nothing of each other, so that all instruction sets give the same bits.
//
// Filters as llvmpipe does, because pictures shall equal its own (picture_filter-inl.h,
// cube_filter-inl.h). The logarithm of the level of detail is a straight line between powers of two
// (of the squared length). source: mesa@22.3.6:src/gallium/auxiliary/gallivm/lp_bld_sample.c
// (lp_build_rho, lp_build_lod_selector), lp_bld_arit.c (lp_build_fast_log2)
#if defined(LIBERO_TEXTURE_SAMPLING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_TEXTURE_SAMPLING_INL_H_
#undef LIBERO_TEXTURE_SAMPLING_INL_H_
#else
#define LIBERO_TEXTURE_SAMPLING_INL_H_
#endif

#include <hwy/highway.h>

#include "sim/cpu_renderer/cube_filter-inl.h"
#include "sim/cpu_renderer/picture_filter-inl.h"
#include "sim/cpu_renderer/texture.h"
#include "sim/cpu_renderer/texture_levels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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
