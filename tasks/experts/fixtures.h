#pragma once

#include "tasks/experts/agent.h"
#include "tasks/experts/subgoal.h"

namespace libero {

// Opens or closes the drawer or door on a subgoal's joint. False if it did not get there.
Skill OpenDrawer(Agent& agent, Subgoal subgoal);
Skill CloseDrawer(Agent& agent, Subgoal subgoal);
Skill OpenDoor(Agent& agent, Subgoal subgoal);
Skill CloseDoor(Agent& agent, Subgoal subgoal);

// Turns the knob on a subgoal's joint to on or off.
Skill TurnKnob(Agent& agent, Subgoal subgoal, bool on);

}  // namespace libero
