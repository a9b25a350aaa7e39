#include "results/wilson_interval.h"

#include <cmath>

#include <gtest/gtest.h>

namespace libero {
namespace {

// A bound is as far from the rate as a sample's rate at that probability may well be.
TEST(WilsonIntervalTest, BoundsAreWhereTheRateIsJustPlausible) {
  constexpr double kZ = 1.959964;
  constexpr double kRounding = 1e-6;  // of z
  for (const int num_successes : {1, 7, 45, 49}) {
    const Interval bounds = WilsonInterval(num_successes, 50);
    const double rate = num_successes / 50.0;
    EXPECT_NEAR(rate - bounds.low, kZ * std::sqrt(bounds.low * (1 - bounds.low) / 50), kRounding);
    EXPECT_NEAR(bounds.high - rate, kZ * std::sqrt(bounds.high * (1 - bounds.high) / 50),
                kRounding);
  }
}

TEST(WilsonIntervalTest, StaysBetweenNoneAndAll) {
  EXPECT_EQ(WilsonInterval(0, 10).low, 0);
  EXPECT_EQ(WilsonInterval(10, 10).high, 1);
  EXPECT_EQ(WilsonInterval(0, 0).low, 0);
  EXPECT_EQ(WilsonInterval(0, 0).high, 1);
}

TEST(WilsonIntervalTest, IsTheSameFromTheOtherSide) {
  constexpr double kRounding = 1e-15;
  EXPECT_NEAR(WilsonInterval(3, 20).low, 1 - WilsonInterval(17, 20).high, kRounding);
}

}  // namespace
}  // namespace libero
