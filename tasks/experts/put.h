#pragma once

#include <vector>

#include "tasks/experts/subgoal.h"

namespace libero {

// Where to let go of an object so that a subgoal holds, and how it gets there.
struct Put {
  Pose X_WO;                       // of the object, m: just where it touches what it is put on
  Eigen::Vector3d entry{0, 0, 0};  // the straight way to it leads from X_WO.p + entry
  Eigen::Matrix3d turn = Eigen::Matrix3d::Identity();  // from how it is now
  double cost = 0;
};

// Places for an object, the best first; none if there is no room. It stands as it does now, turned
// about the vertical at most; if there is no room for it so, it lies or leans. First come places
// that are reached from above: the object sinks until it touches something, which must be what it
// is to be on. Where that does not do, as in a microwave or a shelf, those that are reached from a
// side.
[[nodiscard]] std::vector<Put> PlanPuts(const Workcell& cell, const Subgoal& subgoal);

}  // namespace libero
