#include "tasks/experts/arm.h"

#include <algorithm>

#include "sim/base/check.h"

#include <Eigen/Dense>

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

Pose MakePose(const double* pos, const double* quat_wxyz) {
  const Eigen::Quaterniond quat(quat_wxyz[0], quat_wxyz[1], quat_wxyz[2], quat_wxyz[3]);
  return {Eigen::Map<const Vector3d>(pos), quat.normalized().toRotationMatrix()};
}

Vector3d Shortened(const Vector3d& v, double length) {
  return v.norm() > length ? Vector3d(v * (length / v.norm())) : v;
}

}  // namespace

double Strain(const ArmStance& stance) {
  constexpr double kRoom = 0.25;    // rad
  constexpr double kMissed = 0.01;  // m
  if (stance.missed > kMissed) return 2;
  return std::clamp(1 - stance.margin / kRoom, 0.0, 1.0);
}

Arm::Arm(const mjModel& model) {
  const PandaIds panda = FindPanda(model);
  const int site = panda.grip_site;
  X_link_hand_ = MakePose(model.site_pos + 3 * site, model.site_quat + 4 * site);
  for (int body = model.site_bodyid[site]; body > 0; body = model.body_parentid[body]) {
    Link link;
    link.X_parent = MakePose(model.body_pos + 3 * body, model.body_quat + 4 * body);
    for (int i = 0; i < 7; ++i) {
      const int joint = model.dof_jntid[panda.dofs[static_cast<size_t>(i)]];
      if (model.jnt_bodyid[joint] != body) continue;
      link.joint = i;
      link.axis = Eigen::Map<const Vector3d>(model.jnt_axis + 3 * joint);
      link.anchor = Eigen::Map<const Vector3d>(model.jnt_pos + 3 * joint);
      link.zero = model.qpos0[model.jnt_qposadr[joint]];
      low_[i] = model.jnt_range[2 * joint];
      high_[i] = model.jnt_range[2 * joint + 1];
      lightness_[i] = 1 / model.dof_M0[model.jnt_dofadr[joint]];
    }
    links_.push_back(link);
  }
  std::ranges::reverse(links_);
  lightness_ /= lightness_.maxCoeff();
}

Pose Arm::Hand(const ArmJoints& joints) const {
  Jacobian ignored;
  return HandAndJacobian(joints, ignored);
}

Pose Arm::HandAndJacobian(const ArmJoints& joints, Jacobian& jacobian) const {
  Pose X_WL;
  std::array<Vector3d, 7> anchors;
  std::array<Vector3d, 7> axes;
  for (const Link& link : links_) {
    X_WL = X_WL * link.X_parent;
    if (link.joint < 0) continue;
    const auto i = static_cast<size_t>(link.joint);
    anchors[i] = X_WL * link.anchor;
    axes[i] = X_WL.R * link.axis;
    const Matrix3d turn =
        Eigen::AngleAxisd(joints[link.joint] - link.zero, link.axis).toRotationMatrix();
    X_WL = X_WL * Pose{link.anchor - turn * link.anchor, turn};
  }
  const Pose hand = X_WL * X_link_hand_;
  for (size_t i = 0; i < anchors.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    jacobian.col(column).head<3>() = axes[i].cross(hand.p - anchors[i]);
    jacobian.col(column).tail<3>() = axes[i];
  }
  return hand;
}

ArmStance Arm::Reach(const ArmJoints& start, const ArmJoints& posture, const Pose& hand) const {
  const ArmStance from_start = Lead(start, posture, hand);
  const ArmStance from_posture = Lead(posture, posture, hand);
  return Strain(from_posture) > Strain(from_start) ? from_posture : from_start;
}

ArmStance Arm::Lead(const ArmJoints& start, const ArmJoints& posture, const Pose& hand) const {
  constexpr int kMostSteps = 60;
  constexpr double kStep = 0.04;  // m
  constexpr double kTurn = 0.12;  // rad
  constexpr double kDamping = 1e-4;
  constexpr double kRelaxing = 0.2;   // towards the posture, share in each step
  constexpr double kSettled = 0.004;  // rad
  using Vector6d = Eigen::Matrix<double, 6, 1>;
  using Matrix6d = Eigen::Matrix<double, 6, 6>;
  using Matrix7d = Eigen::Matrix<double, 7, 7>;
  ArmStance stance;
  stance.joints = start;
  Vector6d left;
  for (int step = 0; step < kMostSteps; ++step) {
    Jacobian jacobian;
    const Pose now = HandAndJacobian(stance.joints, jacobian);
    left << hand.p - now.p, RotationVector(hand.R * now.R.transpose());
    Vector6d move;
    move << Shortened(left.head<3>(), kStep), Shortened(left.tail<3>(), kTurn);
    const Eigen::Matrix<double, 7, 6> eased = lightness_.asDiagonal() * jacobian.transpose();
    const Matrix6d squared = jacobian * eased + kDamping * Matrix6d::Identity();
    const Eigen::Matrix<double, 7, 6> inverse = squared.llt().solve(eased.transpose()).transpose();
    const Matrix7d free = Matrix7d::Identity() - inverse * jacobian;
    const ArmJoints before = stance.joints;
    stance.joints += inverse * move + kRelaxing * (free * (posture - before));
    stance.joints = stance.joints.cwiseMax(low_).cwiseMin(high_);
    if ((stance.joints - before).cwiseAbs().maxCoeff() < kSettled) break;
  }
  constexpr double kArm = 0.1;  // m
  stance.missed = left.head<3>().norm() + kArm * left.tail<3>().norm();
  constexpr int kWrist = 5;
  constexpr double kStraight = 3.4;  // rad; π is straight, and beyond it the wrist is slow to turn
  ArmJoints most = high_;
  most[kWrist] = std::min(most[kWrist], kStraight);
  stance.margin = (stance.joints - low_).cwiseMin(most - stance.joints).minCoeff();
  return stance;
}

}  // namespace libero
