#include "tasks/experts/arm.h"

#include <gtest/gtest.h>

#include "tasks/experts/motion.h"
#include "tests/tasks/experts/stage.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

class ArmTest : public StageTest {
 protected:
  ArmTest() : stage_(Setup("libero_goal", 8)) {}

  [[nodiscard]] const Workcell& cell() const { return stage_.cell(); }
  [[nodiscard]] ArmStance Reach(const Pose& hand) {
    return cell().arm().Reach(cell().arm_joints(), stage_.agent().posture, hand);
  }
  // From where the hand is, turned about its own axes.
  [[nodiscard]] Pose Target(const Vector3d& offset, const Vector3d& turn) const {
    const Pose hand = cell().hand();
    if (turn.isZero()) return {hand.p + offset, hand.R};
    return {hand.p + offset, hand.R * Eigen::AngleAxisd(turn.norm(), turn.normalized())};
  }

  Stage stage_;
};

TEST_F(ArmTest, KnowsWhereTheHandIs) {
  constexpr double kRounding = 1e-9;  // m and rad
  const Pose start = cell().hand();
  for (const Vector3d& offset : {Vector3d(0, 0, 0), Vector3d(0.1, 0.1, -0.1)}) {
    stage_.Do(MoveHandTo(stage_.agent(), {start.p + offset, Yaw(0.4) * start.R}, {}));
    stage_.env().world().Forward();
    const Pose hand = cell().arm().Hand(cell().arm_joints());
    EXPECT_LT((hand.p - cell().hand().p).norm(), kRounding);
    EXPECT_LT((hand.R - cell().hand().R).norm(), kRounding);
  }
}

// As it is, turned and tilted to two sides: the arm is led to each from the beginning.
TEST_F(ArmTest, ForeseesHowTheArmWillStand) {
  constexpr double kAbout = 0.35;  // rad; the controller has not quite come to rest
  const Pose targets[] = {
      Target({0.10, 0.15, -0.15}, {0, 0, 0}), Target({0.15, 0.10, 0}, {0, 0, 0.8}),
      Target({0.15, 0.05, 0}, {-0.4, 0, 0}), Target({0.10, 0.05, -0.20}, {0, 0.5, 0})};
  for (const Pose& target : targets) {
    Stage stage(Setup("libero_goal", 8));
    Agent& agent = stage.agent();
    const ArmStance stance = agent.cell.arm().Reach(agent.cell.arm_joints(), agent.posture, target);
    EXPECT_LT(stance.missed, 0.01);
    EXPECT_TRUE(stage.Do(MoveHandTo(agent, target, {})).result);
    EXPECT_LT((agent.cell.arm_joints() - stance.joints).cwiseAbs().maxCoeff(), kAbout)
        << agent.cell.arm_joints().transpose() << " instead of " << stance.joints.transpose();
  }
}

TEST_F(ArmTest, StrainGrowsTowardsTheEndsOfJoints) {
  EXPECT_EQ(Strain(Reach(cell().hand())), 0);
  double last = 0;
  for (const double turn : {1.2, 1.6, 2.0, 2.4}) {
    const double strain = Strain(Reach(Target({0, 0, 0}, {0, 0, turn})));
    EXPECT_GE(strain, last) << turn;
    last = strain;
  }
  EXPECT_EQ(last, 2) << "the last joint ends before";
  EXPECT_EQ(Strain(Reach(Target({0, 0, 0}, {0, 0, -1.2}))), 0) << "it has room to this side";
  EXPECT_EQ(Strain(Reach(Target({0.8, 0, 0}, {0, 0, 0}))), 2) << "too far away";
}

}  // namespace
}  // namespace libero
