#pragma once

#include <vector>

#include "sim/observation.h"
#include "tasks/experts/box.h"

#include <Eigen/Geometry>

namespace libero {

// The inner width between the pads when the fingers are wide open, m.
inline constexpr double kOpenGap = 0.078;

// The same when they are half open, for narrow places.
inline constexpr double kNarrowGap = 0.045;

// What of the hand can bump into things when it is in that pose (see Workcell::hand) and the
// fingers are `gap` m apart: two fingers, the hand's body, which is 0.21 m wide, and the flange
// behind it.
[[nodiscard]] std::vector<Box> HandBoxes(const Pose& hand, double gap);

// The two fingers alone.
[[nodiscard]] std::vector<Box> FingerBoxes(const Pose& hand, double gap);

// The space between the pads: what is in it is held when they close.
[[nodiscard]] Box SpaceBetweenPads(const Pose& hand, double gap);

// The orientation in which the fingers point along `approach` and open along `opening`, which need
// not be quite perpendicular to it.
[[nodiscard]] Eigen::Matrix3d HandRotation(const Eigen::Vector3d& approach,
                                           const Eigen::Vector3d& opening);

// The same pose with the two fingers exchanged.
[[nodiscard]] Eigen::Matrix3d FingersExchanged(const Eigen::Matrix3d& hand);

// How long the arm is from shoulder to wrist for a pose of the hand, m; 0.70 at most. `base` is the
// robot's.
[[nodiscard]] double ArmStretch(const Eigen::Vector3d& base, const Pose& hand);

// How fast a servo may go, in units of actions: 1 is 0.26 m/s and 1.9 rad/s once it is moving.
struct ServoLimits {
  double translation = 0.9375;  // as in LIBERO's demonstrations, whose joystick reached no further
  double rotation = 0.375;
};

// The first six numbers of an action that moves the hand towards `target`: 29 % of the way in each
// step, limited. On a long way from `start` (m) what is limited is the part along the straight
// line, so that the hand comes back to the line as fast as it can. The controller moves its goal
// from where the hand is, so that an action is a velocity: at 1, 13 mm a step. Rotations below 0.01
// rad are left out, for the controller then keeps its goal.
[[nodiscard]] Action ServoAction(const Eigen::Vector3d& start, const Pose& hand, const Pose& target,
                                 const ServoLimits& limits);

}  // namespace libero
