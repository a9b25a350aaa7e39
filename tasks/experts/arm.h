#pragma once

#include <array>
#include <vector>

#include <mujoco/mujoco.h>

#include "sim/panda_ids.h"
#include "tasks/experts/box.h"

#include <Eigen/Core>

namespace libero {

// Angles of the arm's joints, rad, from its base on.
using ArmJoints = Eigen::Matrix<double, 7, 1>;

// How the arm would stand.
struct ArmStance {
  ArmJoints joints = ArmJoints::Zero();
  double missed = 0;  // m from where the hand was to be, and 0.1 m for each rad that it is turned
  double margin = 0;  // rad to the end of the joint that is nearest to one, or to a straight wrist
};

// How far from easy it is to move the hand in a stance: 0 with room around all joints, 1 where one
// is at its end or the wrist is so straight that two of its axes are one, more where the hand does
// not get to.
[[nodiscard]] double Strain(const ArmStance& stance);

// The arm's joints as a chain, to know before moving how they will stand. The pose of a hand leaves
// one of seven joints free, which the controller uses to stay near its posture at the beginning of
// the episode.
class Arm {
 public:
  explicit Arm(const mjModel& model);

  // Of the site between the finger tips, world frame.
  [[nodiscard]] Pose Hand(const ArmJoints& joints) const;

  // How the arm stands after the controller has led the hand to a pose, from where `start` has it
  // and with a posture that it prefers. Which of several stances that will be depends on the way,
  // so two are tried, straight from `start` and straight from the posture, and the more strained is
  // given. Takes about 0.2 ms.
  [[nodiscard]] ArmStance Reach(const ArmJoints& start, const ArmJoints& posture,
                                const Pose& hand) const;

 private:
  using Jacobian = Eigen::Matrix<double, 6, 7>;

  // A body of the chain, and the joint on which it turns, if any.
  struct Link {
    Pose X_parent;
    int joint = -1;
    Eigen::Vector3d axis{0, 0, 0};    // of the joint, in the body's frame
    Eigen::Vector3d anchor{0, 0, 0};  // the same
    double zero = 0;                  // the angle in which X_parent holds, rad
  };

  [[nodiscard]] ArmStance Lead(const ArmJoints& start, const ArmJoints& posture,
                               const Pose& hand) const;

  // The hand's pose, and how its position (m) and rotation (rad) change with the joints.
  Pose HandAndJacobian(const ArmJoints& joints, Jacobian& jacobian) const;

  std::vector<Link> links_;
  Pose X_link_hand_;
  ArmJoints lightness_ = ArmJoints::Ones();  // of what joints turn, the inverse of its inertia
  ArmJoints low_ = ArmJoints::Zero();
  ArmJoints high_ = ArmJoints::Zero();
};

}  // namespace libero
