#include "tasks/experts/hand.h"

#include <algorithm>
#include <cmath>

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

// Half sizes along the hand's axes, m. Measured on the model of robosuite@1.4.0:
// models/assets/grippers/panda_gripper.xml and robots/panda/robot.xml
constexpr double kTipDepth = 0.019;  // of the fingers, from the pad's face outwards
constexpr double kFingerDepth = 0.026;
constexpr double kFingerWidth = 0.011;
constexpr double kTip = 0.009;          // of the fingers, beyond the site
constexpr double kHandBottom = -0.031;  // where fingers end and the hand begins
constexpr double kHandTop = -0.123;
constexpr double kHandWidth = 0.104;
constexpr double kHandDepth = 0.032;
constexpr double kFlangeTop = -0.22;
constexpr double kFlangeRadius = 0.055;
constexpr double kPadTop = -0.012;
constexpr double kPadBottom = 0.004;
constexpr double kPadWidth = 0.008;

// A box given by bounds in the hand's frame.
Box HandBox(const Pose& hand, const Vector3d& low, const Vector3d& high) {
  return {{hand * ((low + high) / 2), hand.R}, (high - low) / 2};
}

// The vector with its largest number cut to the limit, its direction kept.
Vector3d Limited(const Vector3d& v, double limit) {
  const double largest = v.cwiseAbs().maxCoeff();
  return largest > limit ? Vector3d(v * (limit / largest)) : v;
}

}  // namespace

std::vector<Box> FingerBoxes(const Pose& hand, double gap) {
  const double inner = gap / 2;
  const double tip = inner + kTipDepth;
  const double root = inner + kFingerDepth;
  const double w = kFingerWidth;
  return {HandBox(hand, {inner, -w, kPadTop}, {tip, w, kTip}),
          HandBox(hand, {-tip, -w, kPadTop}, {-inner, w, kTip}),
          HandBox(hand, {inner, -w, kHandBottom}, {root, w, kPadTop}),
          HandBox(hand, {-root, -w, kHandBottom}, {-inner, w, kPadTop})};
}

std::vector<Box> HandBoxes(const Pose& hand, double gap) {
  std::vector<Box> boxes = FingerBoxes(hand, gap);
  boxes.push_back(
      HandBox(hand, {-kHandWidth, -kHandDepth, kHandTop}, {kHandWidth, kHandDepth, kHandBottom}));
  boxes.push_back(HandBox(hand, {-kFlangeRadius, -kFlangeRadius, kFlangeTop},
                          {kFlangeRadius, kFlangeRadius, kHandTop}));
  return boxes;
}

Box SpaceBetweenPads(const Pose& hand, double gap) {
  return HandBox(hand, {-gap / 2, -kPadWidth, kPadTop}, {gap / 2, kPadWidth, kPadBottom});
}

Matrix3d HandRotation(const Vector3d& approach, const Vector3d& opening) {
  const Vector3d a = approach.normalized();
  const Vector3d f = (opening - a * a.dot(opening)).normalized();
  Matrix3d R;
  R << f, a.cross(f), a;
  return R;
}

Matrix3d FingersExchanged(const Matrix3d& hand) {
  Matrix3d R;
  R << -hand.col(0), -hand.col(1), hand.col(2);
  return R;
}

// The wrist is behind the hand and, as the arm comes from the base, a little nearer to that.
// source: robosuite@1.4.0:models/assets/robots/panda/robot.xml
double ArmStretch(const Vector3d& base, const Pose& hand) {
  constexpr double kShoulder = 0.333;
  constexpr double kWristToTips = 0.21;
  constexpr double kWristOffset = 0.088;
  const Vector3d shoulder = base + Vector3d(0, 0, kShoulder);
  const Vector3d along = hand.R.col(2);
  const Vector3d behind = hand.p - kWristToTips * along;
  Vector3d outward = behind - shoulder;
  outward -= along * along.dot(outward);
  return (behind - kWristOffset * outward.normalized() - shoulder).norm();
}

Action ServoAction(const Vector3d& start, const Pose& hand, const Pose& target,
                   const ServoLimits& limits) {
  constexpr double kPositionGain = 22;   // per m
  constexpr double kRotationGain = 2.4;  // per rad
  constexpr double kAligned = 0.01;      // rad
  const Vector3d line = (target.p - start).normalized();
  const Vector3d left = target.p - hand.p;
  const Vector3d ahead = line * line.dot(left);
  const Vector3d aside = Limited(kPositionGain * (left - ahead), limits.translation);
  const double rest = limits.translation - aside.cwiseAbs().maxCoeff();
  constexpr double kLeast = 0.5;  // of the speed
  const Vector3d move =
      aside + Limited(kPositionGain * ahead, std::max(rest, kLeast * limits.translation));
  const Vector3d error = RotationVector(target.R * hand.R.transpose());
  const Vector3d turn = error.norm() < kAligned ? Vector3d(Vector3d::Zero())
                                                : Limited(kRotationGain * error, limits.rotation);
  const Vector3d limited = Limited(move, limits.translation);
  return {limited.x(), limited.y(), limited.z(), turn.x(), turn.y(), turn.z(), 0};
}

}  // namespace libero
