#pragma once

#include <string_view>
#include <vector>

#include "tasks/experts/box.h"
#include "tasks/experts/workcell.h"

namespace libero {

// A way to hold an object: where the hand is when its fingers close.
struct Grasp {
  Pose X_OH;        // of the hand in the object's frame
  double gap = 0;   // between the open fingers on the way there, m
  double cost = 0;  // the less the better; see PlanGrasps
};

// Ways to hold an object where it is now, the best first: those of its category, without any in
// which the open hand overlaps the object itself. What is preferred: hands turned little against
// how they are at the beginning of an episode (fingers opening along the world's y axis), slim
// parts, points near the robot. The fingers point down, and with `is_tilted` aslant, for places
// where something is in the way above.
[[nodiscard]] std::vector<Grasp> PlanGrasps(const Workcell& cell, int object, bool is_tilted);

}  // namespace libero
