#include "sim/rotation.h"

#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

constexpr double kSingle = 1e-6;  // matrices are made in single precision

TEST(RotationTest, AQuarterTurnAboutZTakesXToY) {
  const auto q = AxisAngleQuaternion({0, 0, std::acos(0.0)});
  const Matrix3 rotation = RotationMatrix(q);
  EXPECT_NEAR(rotation[0][0], 0, kSingle);
  EXPECT_NEAR(rotation[1][0], 1, kSingle);
  EXPECT_NEAR(rotation[2][2], 1, kSingle);
}

TEST(RotationTest, NoRotationIsExactlyTheIdentity) {
  EXPECT_EQ(AxisAngleQuaternion({0, 0, 0}), (std::array<double, 4>{1, 0, 0, 0}));
  EXPECT_EQ(RotationMatrix({1, 0, 0, 0}), (Matrix3{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}));
}

TEST(RotationTest, AxisAnglesAreNotShortened) {
  EXPECT_EQ(AxisAngle({0, 0, 0, 1}), (Vector3{0, 0, 0}));
  EXPECT_EQ(AxisAngle({0, 0, 0, 1.5}), (Vector3{0, 0, 0})) << "clipped";
  const Vector3 long_way = AxisAngle({0.6, 0, 0, -0.8});
  EXPECT_DOUBLE_EQ(long_way[0], 2 * std::acos(-0.8));
  EXPECT_GT(long_way[0], std::numbers::pi);
  const Vector3 hand = AxisAngle({0.9996, -0.01, 0.02, 0.015});
  EXPECT_DOUBLE_EQ(hand[0], 0.9996 * 2.0 * std::acos(0.015) / std::sqrt(1 - 0.015 * 0.015));
}

TEST(RotationTest, LengthsOfQuaternionsDoNotMatter) {
  const Matrix3 unit = RotationMatrix({0.5, 0.5, 0.5, 0.5});
  const Matrix3 longer = RotationMatrix({2, 2, 2, 2});
  for (size_t i = 0; i < 3; ++i) {
    for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(unit[i][k], longer[i][k], kSingle);
  }
}

TEST(RotationTest, QuaternionsComeBackWithPositiveW) {
  const std::array<double, 4> q_wxyz = {-0.1, 0.7, -0.5, 0.5};
  const auto q_xyzw = QuaternionXyzw(RotationMatrix(q_wxyz));
  EXPECT_NEAR(q_xyzw[3], 0.1, kSingle);
  EXPECT_NEAR(q_xyzw[0], -0.7, kSingle);
  EXPECT_NEAR(q_xyzw[1], 0.5, kSingle);
  EXPECT_NEAR(q_xyzw[2], -0.5, kSingle);
}

}  // namespace
}  // namespace libero
