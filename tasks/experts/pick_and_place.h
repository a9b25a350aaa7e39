#pragma once

#include <vector>

#include "tasks/experts/agent.h"
#include "tasks/experts/subgoal.h"

namespace libero {

// Brings an object to where a subgoal wants it: chooses how to hold it so that there is room for
// the hand here and there, takes it, carries it over what is between, sets it down. A grasp that
// holds nothing is tried again in another way. False if it is not there in the end.
Skill PickAndPlace(Agent& agent, Subgoal subgoal);

// Brings an object out of the way, to the nearest place on the table that is neither in nor below
// `keep_free` (world frame). False if it is not there in the end.
Skill MoveAside(Agent& agent, int object, std::vector<Box> keep_free);

}  // namespace libero
