#pragma once

#include <functional>

#include "tasks/experts/agent.h"

namespace libero {

// How a motion goes and when it is over.
struct Motion {
  double speed = 1;                  // times the full speed
  double tolerance = 0.006;          // m
  double turning = 1;                // times the full speed of rotation
  double rotation_tolerance = 0.06;  // rad
  int max_steps = 150;
  bool keeps_line = false;      // comes back to the straight line first, then goes on
  bool may_stall = true;        // over when the hand has stopped, for it pushes against something
  std::function<bool()> until;  // over when this holds; may be empty
};

// Where a hand is to go, looked at anew in each step.
using HandTarget = std::function<Pose()>;

// Of the two ways to have the fingers open along one axis in a pose of the hand, the one that takes
// less turning from how the hand is, unless joints end there or that is far from how it was at the
// beginning.
[[nodiscard]] Eigen::Matrix3d NearerRotation(const Agent& agent, const Pose& hand);

// Moves the hand to a target; true if it got there.
Skill MoveHand(Agent& agent, HandTarget target, Motion motion);

// The same to a pose that stays.
Skill MoveHandTo(Agent& agent, Pose target, Motion motion);

// Whether something that was held `distance` m from the hand has fallen out of it.
[[nodiscard]] bool IsLost(const Workcell& cell, int object, double distance);

// Moves the hand so that what it carries gets its origin to `p` (m, world frame), with the hand
// turned to R; false if it did not get there or fell out of the hand.
Skill MoveObject(Agent& agent, int object, Eigen::Vector3d p, Eigen::Matrix3d R, Motion motion);

// Control steps in which the fingers open far enough to leave.
inline constexpr int kOpenSteps = 6;

// Lets the fingers move for some steps while the hand stays where it is: −1 opens, 1 closes.
Skill Grip(Agent& agent, double direction, int num_steps);

// Moves the hand to a pose on a way without collisions: up, until everything between here and there
// is passed, across, and down; aside first where something hangs over it. `carried` is the object
// in the hand, or −1; `slides` if it stays as low as it is where it can.
Skill Travel(Agent& agent, Pose target, int carried, bool slides = false);

// Whether the hand, its fingers `gap` m apart and empty, gets down to a pose as Travel would move
// it.
[[nodiscard]] bool IsReachable(const Workcell& cell, const Pose& hand, double gap);

// Moves the hand straight up by a height (m), aside first where something hangs over it or what it
// carries.
Skill Rise(Agent& agent, double height, int carried);

}  // namespace libero
