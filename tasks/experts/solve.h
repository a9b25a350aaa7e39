#pragma once

#include "tasks/experts/agent.h"

namespace libero {

// Does what the agent's task asks for, one subgoal after the other, and again what did not succeed
// or came undone. Ends when the goal holds, or when it knows no further.
Skill SolveTask(Agent& agent);

}  // namespace libero
