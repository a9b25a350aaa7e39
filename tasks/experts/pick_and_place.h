#pragma once

#include "tasks/experts/agent.h"
#include "tasks/experts/subgoal.h"

namespace libero {

// Brings an object to where a subgoal wants it: chooses how to hold it so that there is room for
// the hand here and there, takes it, carries it over what is between, sets it down. A grasp that
// holds nothing is tried again in another way. False if it is not there in the end.
Skill PickAndPlace(Agent& agent, Subgoal subgoal);

}  // namespace libero
