#include "viewer/teleop.h"

#include <gtest/gtest.h>

namespace libero {
namespace {

TEST(TeleopTest, ThePolicyDoesWhatIsWantedAtThatMoment) {
  TeleopInput input;
  TeleopPolicy policy(input);
  const PolicyInput asked;
  Action action{};
  policy.Act({&asked, 1}, {&action, 1});
  EXPECT_EQ(action[6], -1) << "the gripper is open at first";
  input.Set({0.5, 0, 0, 0, 0, 0, 1});
  policy.Act({&asked, 1}, {&action, 1});
  EXPECT_EQ(action, (Action{0.5, 0, 0, 0, 0, 0, 1}));
}

}  // namespace
}  // namespace libero
