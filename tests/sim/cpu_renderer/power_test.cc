#include <cmath>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/sim/cpu_renderer/power_test.cc"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "sim/cpu_renderer/power-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace {

// Replaces each of the values, whole vectors of them.
template <class Function>
void Replace(std::vector<float>& values, const Function& function) {
  const hn::CappedTag<float, 16> d;
  values.resize(values.size() + hn::Lanes(d), 1.0F);
  for (size_t i = 0; i + hn::Lanes(d) <= values.size(); i += hn::Lanes(d)) {
    hn::StoreU(function(d, hn::LoadU(d, values.data() + i)), d, values.data() + i);
  }
  values.resize(values.size() - hn::Lanes(d));
}

void ReplaceByLog(std::vector<float>& values) {
  Replace(values, [](auto d, auto x) HWY_ATTR { return LogOfBase2(d, x); });
}

void ReplaceByPowerOf2(std::vector<float>& values) {
  Replace(values, [](auto d, auto x) HWY_ATTR { return PowerOf2(d, x); });
}

void ReplaceByPower(std::vector<float>& values, float exponent) {
  Replace(values, [exponent](auto d, auto x) HWY_ATTR { return Power(d, x, exponent); });
}

void ReplaceByPowerOfItself(std::vector<float>& values) {
  Replace(values, [](auto d, auto x) HWY_ATTR { return PowerOfItself(d, x); });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace libero {
namespace {

HWY_EXPORT(ReplaceByLog);
HWY_EXPORT(ReplaceByPowerOf2);
HWY_EXPORT(ReplaceByPower);
HWY_EXPORT(ReplaceByPowerOfItself);

using testing::Each;

constexpr double kLogError = 2e-7;   // as the header says, of 1 or of the logarithm
constexpr double kPow2Error = 3e-7;  // of the power

std::vector<float> Range(double first, double last, int num) {
  std::vector<float> values;
  for (int i = 0; i <= num; ++i) {
    values.push_back(static_cast<float>(first + (last - first) * i / num));
  }
  return values;
}

std::vector<float> Power(std::vector<float> bases, float exponent) {
  HWY_DYNAMIC_DISPATCH(ReplaceByPower)(bases, exponent);
  return bases;
}

TEST(PowerTest, LogarithmsAreRightAroundOne) {
  const std::vector<float> x = Range(0.25, 4, 20000);
  std::vector<float> log = x;
  HWY_DYNAMIC_DISPATCH(ReplaceByLog)(log);
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(log[i], std::log2(static_cast<double>(x[i])), kLogError) << x[i];
  }
}

TEST(PowerTest, LogarithmsAreRightFarAndWide) {
  std::vector<float> x;
  for (const double e : {-126.0, -100.3, -60.5, -20.1, 17.7, 64.0, 127.9}) {
    x.push_back(static_cast<float>(std::exp2(e)));
  }
  std::vector<float> log = x;
  HWY_DYNAMIC_DISPATCH(ReplaceByLog)(log);
  for (size_t i = 0; i < x.size(); ++i) {
    const double expected = std::log2(static_cast<double>(x[i]));
    EXPECT_NEAR(log[i], expected, kLogError * (1 + std::abs(expected))) << x[i];
  }
}

TEST(PowerTest, PowersOfTwoAreRight) {
  const std::vector<float> x = Range(-126, 126, 30000);
  std::vector<float> power = x;
  HWY_DYNAMIC_DISPATCH(ReplaceByPowerOf2)(power);
  for (size_t i = 0; i < x.size(); ++i) {
    const double expected = std::exp2(static_cast<double>(x[i]));
    EXPECT_NEAR(power[i], expected, kPow2Error * expected) << x[i];
  }
}

TEST(PowerTest, WholePowersOfTwoAreExact) {
  const std::vector<float> x = Range(-126, 126, 252);
  std::vector<float> power = x;
  HWY_DYNAMIC_DISPATCH(ReplaceByPowerOf2)(power);
  for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(power[i], std::exp2(x[i]));
}

TEST(PowerTest, PowersAreRightForAllExponents) {
  const std::vector<float> bases = Range(0, 2, 3001);
  for (const float exponent :
       {0.0F, 0.3F, 1.0F, 1.5F, 2.0F, 7.0F, 12.8F, 47.36F, 64.0F, 100.5F, 128.0F, 1023.9F}) {
    const std::vector<float> powers = Power(bases, exponent);
    for (size_t i = 0; i < bases.size(); ++i) {
      const double expected =
          std::pow(static_cast<double>(bases[i]), static_cast<double>(exponent));
      if (expected > 0x1p126) continue;  // which lights never have
      // the logarithm's error grows with the exponent; what is below 1e-30 is black
      const double error = (2e-7 * (1 + exponent) + 1e-6) * expected + 1e-30;
      ASSERT_NEAR(powers[i], expected, error) << bases[i] << " to " << exponent;
    }
  }
}

TEST(PowerTest, ZerosAndOnesAreExact) {
  for (const float exponent : {0.5F, 1.0F, 12.8F, 128.0F}) {
    EXPECT_THAT(Power({0, 1}, exponent), testing::ElementsAre(0, 1)) << exponent;
  }
  EXPECT_THAT(Power({0, 1, 2}, 0), Each(1));
}

TEST(PowerTest, PowersOfThemselvesAreRight) {
  const std::vector<float> bases = Range(0, 2, 3001);
  std::vector<float> powers = bases;
  HWY_DYNAMIC_DISPATCH(ReplaceByPowerOfItself)(powers);
  EXPECT_EQ(powers[0], 1);
  for (size_t i = 0; i < bases.size(); ++i) {
    const auto x = static_cast<double>(bases[i]);
    ASSERT_NEAR(powers[i], std::pow(x, x), 1e-6 * std::pow(x, x)) << x;
  }
}

TEST(PowerTest, TinyPowersAreNoRubbish) {
  for (const float power : Power({1e-38F, 1e-31F, 1e-20F, 0.01F, 0.5F}, 127.5F)) {
    EXPECT_GE(power, 0);
    EXPECT_LT(power, 1e-37F);
  }
}

}  // namespace
}  // namespace libero
#endif  // HWY_ONCE
