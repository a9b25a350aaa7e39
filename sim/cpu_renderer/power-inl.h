// Powers, for code that Highway compiles once for each instruction set (which is why the include
// guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_POWER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_POWER_INL_H_
#undef LIBERO_POWER_INL_H_
#else
#define LIBERO_POWER_INL_H_
#endif

#include <hwy/highway.h>

#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// log2(x) for finite x > 0, to 2e-7. With x = 2^e·m, m in [√½, √2), and z = (m - 1)/(m + 1):
// e + 2/ln 2·(z + z³/3 + z⁵/5 + z⁷/7).
template <class D>
HWY_INLINE hn::VFromD<D> LogOfBase2(D d, hn::VFromD<D> x) {
  const hn::RebindToSigned<D> di;
  const auto offset = hn::Set(di, 0x3F3504F3);  // √½
  const auto bits = hn::Sub(hn::BitCast(di, x), offset);
  const auto exponent = hn::ConvertTo(d, hn::ShiftRight<23>(bits));
  const auto mantissa = hn::BitCast(d, hn::Add(hn::And(bits, hn::Set(di, 0x007FFFFF)), offset));
  const auto one = hn::Set(d, 1.0F);
  const auto z = hn::Div(hn::Sub(mantissa, one), hn::Add(mantissa, one));
  const auto z2 = hn::Mul(z, z);
  auto sum = hn::Set(d, 2.8853901F / 7);
  sum = hn::Add(hn::Mul(sum, z2), hn::Set(d, 2.8853901F / 5));
  sum = hn::Add(hn::Mul(sum, z2), hn::Set(d, 2.8853901F / 3));
  sum = hn::Add(hn::Mul(sum, z2), hn::Set(d, 2.8853901F));
  return hn::Add(exponent, hn::Mul(sum, z));
}

// 2^x for x in [-126, 126], to 3e-7 of it.
template <class D>
HWY_INLINE hn::VFromD<D> PowerOf2(D d, hn::VFromD<D> x) {
  const hn::RebindToSigned<D> di;
  const auto whole = hn::NearestInt(x);
  const auto f = hn::Sub(x, hn::ConvertTo(d, whole));
  auto sum = hn::Set(d, 1.5403530e-4F);  // ln(2)^n / n!
  for (const float factor :
       {1.3333558e-3F, 9.6181291e-3F, 5.5504109e-2F, 2.4022651e-1F, 6.9314718e-1F, 1.0F}) {
    sum = hn::Add(hn::Mul(sum, f), hn::Set(d, factor));
  }
  const auto scale = hn::ShiftLeft<23>(hn::Add(whole, hn::Set(di, 127)));
  return hn::Mul(sum, hn::BitCast(d, scale));
}

// base^exponent for base in [0, 2] and exponent ≥ 0; 0^0 = 1.
template <class D>
HWY_INLINE hn::VFromD<D> Power(D d, hn::VFromD<D> base, float exponent) {
  const auto one = hn::Set(d, 1.0F);
  if (exponent == std::floor(exponent) && exponent <= 1024) {
    auto result = one;
    for (auto n = static_cast<unsigned>(exponent); n != 0; n >>= 1U) {
      if (n & 1U) result = hn::Mul(result, base);
      base = hn::Mul(base, base);
    }
    return result;
  }
  const auto smallest = hn::Set(d, 1e-30F);
  const auto log = LogOfBase2(d, hn::Max(base, smallest));
  const auto power = hn::Max(hn::Mul(log, hn::Set(d, exponent)), hn::Set(d, -126.0F));
  return hn::IfThenElseZero(hn::Ge(base, smallest), PowerOf2(d, power));
}

// x^x for x in [0, 2]; 0^0 = 1.
template <class D>
HWY_INLINE hn::VFromD<D> PowerOfItself(D d, hn::VFromD<D> x) {
  return PowerOf2(d, hn::Mul(x, LogOfBase2(d, hn::Max(x, hn::Set(d, 1e-30F)))));
}

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
