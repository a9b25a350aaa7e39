#include "sim/rotation.h"

#include <cmath>

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
