#include "policy/proprio.h"

#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

using testing::DoubleNear;
using testing::FloatNear;
using testing::Pointwise;

constexpr double kTolerance = 1e-6;

// A hand that is turned by 3/2 π about x and half open.
Observation Seen() {
  const double half = 0.75 * std::numbers::pi;
  return {.eef_pos = {0.1, -0.2, 1.1},
          .eef_quat_xyzw = {std::sin(half), 0, 0, std::cos(half)},
          .gripper_qpos = {0.02, -0.021}};
}

TEST(ProprioTest, IsInTheOrderOfFilesWithAnglesUpToAWholeTurn) {
  const Proprio expected = {0.1, -0.2, 1.1, 1.5 * std::numbers::pi, 0, 0, 0.02, -0.021};
  EXPECT_THAT(ProprioOf(Seen()), Pointwise(DoubleNear(kTolerance), expected));
}

TEST(ProprioTest, IsScaledToTheRangeOfItsStatistics) {
  ColumnStatistics<kProprioDim> statistics;
  statistics.q01 = {0, -0.2, 0, 0, 0, 0, 0, -0.04};
  statistics.q99 = {0.2, 0.2, 1, 10, 1, 1, 0.04, 0};
  statistics.min = statistics.q01;
  statistics.max = statistics.q99;
  statistics.max[4] = statistics.min[4] = 0;
  const NetworkProprio expected = {0, -1, 1, static_cast<float>(0.3 * std::numbers::pi - 1),
                                   0, -1, 0, -0.05F};
  EXPECT_THAT(NormalizeProprio(ProprioOf(Seen()), statistics),
              Pointwise(FloatNear(1e-6F), expected));
}

}  // namespace
}  // namespace libero
