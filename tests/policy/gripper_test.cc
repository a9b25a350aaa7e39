#include "policy/gripper.h"

#include <gtest/gtest.h>

namespace libero {
namespace {

TEST(GripperTest, CommandsComeBack) {
  for (const double command : {-1.0, 1.0}) {
    EXPECT_EQ(GripperToEnv(GripperToNetwork(command)), command);
  }
}

TEST(GripperTest, NetworksOpenAboveOneHalf) {
  EXPECT_EQ(GripperToNetwork(-1), 1);
  EXPECT_EQ(GripperToNetwork(0), 1);
  EXPECT_EQ(GripperToNetwork(1), 0);
  EXPECT_EQ(GripperToEnv(0.51), -1);
  EXPECT_EQ(GripperToEnv(0.49), 1);
  EXPECT_EQ(GripperToEnv(0.5), 0);
}

}  // namespace
}  // namespace libero
