#include "tasks/experts/motion.h"

#include <algorithm>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "tasks/experts/hand.h"
#include "tests/tasks/experts/stage.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

HandTarget At(const Pose& pose) {
  return [pose] {
    return Pose(pose);
  };
}

class MotionTest : public StageTest {
 protected:
  MotionTest() : stage_(Setup("libero_goal", 8)) {}

  [[nodiscard]] Pose Hand() const { return stage_.cell().hand(); }

  // Where the objects are that nobody should touch.
  [[nodiscard]] std::vector<Vector3d> Positions() const {
    std::vector<Vector3d> positions;
    for (const int object : stage_.FreeObjects()) {
      positions.push_back(stage_.cell().object(object).p);
    }
    return positions;
  }

  // A pose beside an object, low over the table, as the hand is turned now.
  [[nodiscard]] Pose Beside(const char* name, const Vector3d& offset) const {
    return {stage_.cell().object(stage_.Find(name)).p + offset, Hand().R};
  }

  Stage stage_;
};

TEST_F(MotionTest, TheHandGetsToItsTarget) {
  const Pose target = {Hand().p + Vector3d(0.05, -0.1, -0.05), Yaw(0.5) * Hand().R};
  const Motion motion;
  const Stage::Outcome outcome = stage_.Do(MoveHand(stage_.agent(), At(target), motion));
  EXPECT_TRUE(outcome.result);
  EXPECT_LT(outcome.num_steps, 40);
  EXPECT_LT((Hand().p - target.p).norm(), motion.tolerance);
  EXPECT_LT(RotationVector(target.R * Hand().R.transpose()).norm(), motion.rotation_tolerance);
}

TEST_F(MotionTest, SlowerOptionsTakeLonger) {
  const Pose start = Hand();
  const auto steps = [&](const Vector3d& offset, double speed) {
    stage_.agent().options.speed = speed;
    const HandTarget there = At({start.p + offset, start.R});
    return stage_.Do(MoveHand(stage_.agent(), there, {})).num_steps;
  };
  const int usual = steps({0, 0.2, 0}, 1);
  steps({0, 0, 0}, 1);
  EXPECT_GT(steps({0, 0.2, 0}, 0.5), 1.4 * usual);
}

TEST_F(MotionTest, EndsWhenItsConditionHolds) {
  const Pose start = Hand();
  const HandTarget there = At({start.p + Vector3d(0, 0.3, 0), start.R});
  Motion motion;
  motion.until = [&] {
    return Hand().p.y() > start.p.y() + 0.1;
  };
  EXPECT_TRUE(stage_.Do(MoveHand(stage_.agent(), there, motion)).result);
  EXPECT_LT(Hand().p.y(), start.p.y() + 0.13);
}

TEST_F(MotionTest, GivesUpAgainstTheTable) {
  const Pose start = Hand();
  const HandTarget below = At({start.p - Vector3d(0, 0, 1), start.R});
  const Motion motion;
  const Stage::Outcome outcome = stage_.Do(MoveHand(stage_.agent(), below, motion));
  EXPECT_FALSE(outcome.result);
  EXPECT_LT(outcome.num_steps, motion.max_steps);
}

TEST_F(MotionTest, GripsAsLongAsAsked) {
  const Pose start = Hand();
  EXPECT_EQ(stage_.Do(Grip(stage_.agent(), 1, 12)).num_steps, 12);
  EXPECT_LT(stage_.cell().finger_gap(), 0.005);
  EXPECT_EQ(stage_.agent().grip, 1);
  EXPECT_EQ(stage_.Do(Grip(stage_.agent(), -1, 12)).num_steps, 12);
  EXPECT_GT(stage_.cell().finger_gap(), 0.07);
  EXPECT_LT((Hand().p - start.p).norm(), 0.005);
}

TEST_F(MotionTest, RisesStraightUp) {
  const Pose start = Hand();
  EXPECT_TRUE(stage_.Do(Rise(stage_.agent(), 0.1, -1)).result);
  EXPECT_LT((Hand().p - start.p - Vector3d(0, 0, 0.1)).norm(), 0.011);
}

// From one side of the bottle to the other and back, each time lower than it is high.
TEST_F(MotionTest, TravelsOverWhatIsBetween) {
  const int bottle = stage_.Find("wine_bottle_1");
  stage_.MoveTo(bottle, {-0.09, 0.21, stage_.cell().object(bottle).p.z()});  // where there is room
  const std::vector<Vector3d> before = Positions();
  const Pose front = Beside("wine_bottle_1", {0.10, 0, 0.08});
  const Pose back = Beside("wine_bottle_1", {-0.10, 0, 0.08});
  EXPECT_TRUE(
      Collide(HandBoxes(front, kOpenGap), back.p - front.p, stage_.cell().ObjectBoxes(bottle)));
  for (const Pose& target : {front, back, front}) {
    EXPECT_TRUE(stage_.Do(Travel(stage_.agent(), target, -1)).result);
    EXPECT_LT((Hand().p - target.p).norm(), 0.01);
  }
  double farthest = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    farthest = std::max(farthest, (Positions()[i] - before[i]).norm());
  }
  EXPECT_LT(farthest, 0.002) << "something was pushed";
}

TEST_F(MotionTest, OnlyWhatIsOpenAboveIsReachable) {
  const Workcell& cell = stage_.cell();
  const Pose hand = cell.hand();
  EXPECT_TRUE(IsReachable(cell, hand, kOpenGap));
  const Box cabinet =
      BoundingBox(cell.ObjectBoxes(stage_.Find("wooden_cabinet_1")), Eigen::Matrix3d::Identity());
  EXPECT_FALSE(IsReachable(cell, {cabinet.pose.p, hand.R}, kOpenGap));
}

TEST_F(MotionTest, TurnsTheNearerWay) {
  constexpr double kRounding = 1e-6;  // rad
  const Matrix3d now = Hand().R;
  for (const double angle : {0.3, -1.2, 1.9, 2.8, -2.5}) {
    const Matrix3d asked = now * Yaw(angle);
    const Matrix3d chosen = NearerRotation(stage_.agent(), {Hand().p, asked});
    const double turn = RotationVector(chosen * now.transpose()).norm();
    EXPECT_NEAR(turn, std::min(std::abs(angle), std::numbers::pi - std::abs(angle)), kRounding);
    EXPECT_TRUE(chosen == asked || chosen == FingersExchanged(asked));
  }
}

// Turned by more than joints allow, the other way is taken although it is farther.
TEST_F(MotionTest, TurnsBackBeforeJointsEnd) {
  const Matrix3d now = Hand().R;
  stage_.agent().home.R = now * Yaw(-1.5);
  const Matrix3d asked = now * Yaw(1.2);
  EXPECT_EQ(NearerRotation(stage_.agent(), {Hand().p, asked}), FingersExchanged(asked));
}

}  // namespace
}  // namespace libero
