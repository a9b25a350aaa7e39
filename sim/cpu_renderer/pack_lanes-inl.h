// Lanes that are kept, packed, for code that Highway compiles once for each instruction set
// (which is why the include guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_PACK_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_PACK_LANES_INL_H_
#undef LIBERO_PACK_LANES_INL_H_
#else
#define LIBERO_PACK_LANES_INL_H_
#endif

#include <hwy/highway.h>

#include <array>
#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// PackLanes moves the lanes of `v`, 32-bit integers, that are in the mask to the front; what
// follows them is not specified. As hn::Compress, but with one table: GCC 12 copies that of Highway
// 1.0 to the stack at each call.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3
// Of each mask: the numbers of the bits that are set, in order, and zeros.
inline constexpr auto kPackedLanes = [] {
  std::array<std::array<uint8_t, 8>, 256> lanes{};
  for (size_t mask = 0; mask < lanes.size(); ++mask) {
    size_t num = 0;
    for (uint8_t bit = 0; bit < 8; ++bit) {
      if ((mask >> bit & 1U) != 0) lanes[mask][num++] = bit;
    }
  }
  return lanes;
}();

template <class D, class Mask>
HWY_INLINE hn::VFromD<D> PackLanes(D d, hn::VFromD<D> v, Mask mask) {
  const hn::RebindToSigned<D> di;
  const hn::Rebind<uint8_t, D> d8;
  uint8_t bits[8];
  hn::StoreMaskBits(d, mask, bits);
  const auto lanes = hn::PromoteTo(di, hn::LoadU(d8, kPackedLanes[bits[0]].data()));
  return hn::TableLookupLanes(v, hn::IndicesFromVec(d, lanes));
}
#else
template <class D, class Mask>
HWY_INLINE hn::VFromD<D> PackLanes(D, hn::VFromD<D> v, Mask mask) {
  return hn::Compress(v, mask);
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
