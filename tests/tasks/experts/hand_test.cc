#include "tasks/experts/hand.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/tasks/experts/random_geometry.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kRounding = 1e-9;     // of numbers about 1
constexpr double kStepLength = 0.013;  // m that the hand moves in a step at full action
const Matrix3d kDown = HandRotation(-Vector3d::UnitZ(), Vector3d::UnitY());

Vector3d Translation(const Action& action) {
  return {action[0], action[1], action[2]};
}

Vector3d Rotation(const Action& action) {
  return {action[3], action[4], action[5]};
}

Pose RandomPose(CounterRandom& random) {
  return {RandomVector(random, 0.5), RandomRotation(random, 3)};
}

TEST(HandRotationTest, HasTheAskedAxes) {
  CounterRandom random("hands");
  for (int i = 0; i < 50; ++i) {
    const Vector3d approach = RandomVector(random, 1);
    const Vector3d opening = RandomVector(random, 1);
    const Matrix3d R = HandRotation(approach, opening);
    EXPECT_LT((R.col(2) - approach.normalized()).norm(), kRounding);
    EXPECT_NEAR(R.col(1).dot(opening), 0, kRounding);
    EXPECT_GT(R.col(0).dot(opening), 0);
  }
}

TEST(HandRotationTest, IsARotation) {
  CounterRandom random("hands");
  for (int i = 0; i < 50; ++i) {
    const Matrix3d R = HandRotation(RandomVector(random, 1), RandomVector(random, 1));
    EXPECT_LT((R.transpose() * R - Matrix3d::Identity()).norm(), kRounding);
    EXPECT_NEAR(R.determinant(), 1, kRounding);
  }
}

TEST(FingersExchangedTest, IsTheSameHandTwice) {
  const Matrix3d hand = HandRotation({0.2, 0.1, -1}, {0.5, 1, 0});
  const Matrix3d exchanged = FingersExchanged(hand);
  EXPECT_EQ(FingersExchanged(exchanged), hand);
  EXPECT_NEAR(exchanged.determinant(), 1, kRounding);
  EXPECT_EQ(exchanged.col(2), hand.col(2));
  // what is left is right, and fills the same space
  const Pose pose = {{1, 2, 3}, hand};
  const std::vector<Box> fingers = FingerBoxes(pose, kOpenGap);
  const std::vector<Box> others = FingerBoxes({pose.p, exchanged}, kOpenGap);
  EXPECT_LT((fingers[0].pose.p - others[1].pose.p).norm(), kRounding);
  EXPECT_LT((fingers[1].pose.p - others[0].pose.p).norm(), kRounding);
}

TEST(HandBoxesTest, FingersAreAGapApart) {
  for (const double gap : {0.01, kNarrowGap, kOpenGap}) {
    const Pose hand = {{0.1, 0.2, 0.3}, kDown};
    const Box between = Grown(SpaceBetweenPads(hand, gap), -1e-6);
    EXPECT_FALSE(Collide(HandBoxes(hand, gap), Vector3d::Zero(), std::span(&between, 1)));
    // either finger is met as soon as the space moves that way
    EXPECT_TRUE(Sweep(between, 0.001 * hand.R.col(0), FingerBoxes(hand, gap)[0]));
    EXPECT_TRUE(Sweep(between, -0.001 * hand.R.col(0), FingerBoxes(hand, gap)[1]));
  }
}

TEST(HandBoxesTest, MoveWithTheHand) {
  CounterRandom random("hand boxes");
  const Pose X = RandomPose(random);
  const std::vector<Box> there = HandBoxes(X, kNarrowGap);
  const std::vector<Box> here = HandBoxes({}, kNarrowGap);
  ASSERT_EQ(there.size(), here.size());
  for (size_t i = 0; i < here.size(); ++i) {
    EXPECT_LT(((X * here[i]).pose.p - there[i].pose.p).norm(), kRounding);
    EXPECT_EQ(here[i].half, there[i].half);
  }
}

TEST(ArmStretchTest, GrowsOutwards) {
  const Vector3d base(-0.6, 0, 0.9);
  for (const double angle : {-1.0, 0.0, 0.5}) {
    double last = 0;
    for (const double distance : {0.35, 0.45, 0.55, 0.65, 0.75}) {
      const Pose hand = {base + distance * Yaw(angle).col(0) + Vector3d(0, 0, 0.2), kDown};
      const double stretch = ArmStretch(base, hand);
      EXPECT_GT(stretch, last);
      last = stretch;
    }
  }
}

TEST(ServoActionTest, StaysWithinItsLimits) {
  CounterRandom random("servo limits");
  for (int i = 0; i < 200; ++i) {
    const ServoLimits limits = {random.Uniform(0.05, 1), random.Uniform(0.05, 1)};
    const Pose hand = RandomPose(random);
    const Action action = ServoAction(RandomVector(random, 0.5), hand, RandomPose(random), limits);
    EXPECT_LE(Translation(action).cwiseAbs().maxCoeff(), limits.translation + kRounding);
    EXPECT_LE(Rotation(action).cwiseAbs().maxCoeff(), limits.rotation + kRounding);
    EXPECT_EQ(action[6], 0);
  }
}

TEST(ServoActionTest, PointsToTheTarget) {
  CounterRandom random("servo directions");
  for (int i = 0; i < 100; ++i) {
    const Pose hand = RandomPose(random);
    const Pose target = RandomPose(random);
    const Action action = ServoAction(hand.p, hand, target, {});
    const Vector3d turn = RotationVector(target.R * hand.R.transpose());
    EXPECT_NEAR(Translation(action).normalized().dot((target.p - hand.p).normalized()), 1,
                kRounding);
    EXPECT_NEAR(Rotation(action).normalized().dot(turn.normalized()), 1, kRounding);
  }
}

TEST(ServoActionTest, SlowsDownBeforeTheTargetAndRestsThere) {
  const Pose hand = {{0.1, 0, 0.2}, kDown};
  const auto speed = [&](double distance) {
    const Pose target = {hand.p + Vector3d(distance, 0, 0), hand.R};
    return ServoAction(hand.p, hand, target, {})[0];
  };
  EXPECT_EQ(speed(0), 0);
  EXPECT_NEAR(kStepLength * speed(0.01), 0.29 * 0.01, 1e-4);
  EXPECT_NEAR(speed(0.02), 2 * speed(0.01), kRounding);
  EXPECT_NEAR(speed(0.5), ServoLimits{}.translation, kRounding);
}

TEST(ServoActionTest, LeavesOutSmallRotations) {
  const auto turn = [](double angle) {
    const Pose hand = {Vector3d::Zero(), kDown};
    return Rotation(ServoAction(hand.p, hand, {hand.p, Yaw(angle) * kDown}, {})).norm();
  };
  EXPECT_EQ(turn(0.0099), 0);
  EXPECT_GT(turn(0.0101), 0);
  EXPECT_NEAR(turn(0.04), 2 * turn(0.02), kRounding);
}

TEST(ServoActionTest, ComesBackToTheLine) {
  const Vector3d start(0, 0, 0);
  const Pose target = {{0.4, 0.1, 0.2}, kDown};
  const Vector3d line = target.p.normalized();
  Pose hand = {{0.05, 0.08, -0.02}, kDown};
  const auto aside = [&] {
    return (hand.p - line * line.dot(hand.p)).norm();
  };
  double last = aside();
  int num_steps = 0;
  for (; (hand.p - target.p).norm() > 0.005; ++num_steps) {
    ASSERT_LT(num_steps, 100);
    hand.p += kStepLength * Translation(ServoAction(start, hand, target, {}));
    EXPECT_LE(aside(), last + kRounding);
    last = aside();
    EXPECT_TRUE(line.dot(hand.p) < 0.25 || last < 0.005) << "on the line long before its end";
  }
}

}  // namespace
}  // namespace libero
