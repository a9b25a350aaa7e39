#include "tasks/experts/solve.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "tasks/experts/fixtures.h"
#include "tasks/experts/pick_and_place.h"
#include "tasks/experts/subgoal.h"

namespace libero {
namespace {

using Kind = Subgoal::Kind;

bool IsDrawer(const Agent& agent, int joint) {
  return agent.cell.env().world().model().jnt_type[joint] == mjJNT_SLIDE;
}

// Whether what holds the place is shut so far that nothing gets in.
bool IsShut(const Agent& agent, int joint) {
  const double* range = agent.cell.env().world().model().jnt_range + 2 * joint;
  const double open = std::max(std::abs(range[0]), std::abs(range[1]));
  return std::abs(agent.cell.joint(joint)) < 0.75 * open;
}

Skill Open(Agent& agent, Subgoal subgoal) {
  if (IsDrawer(agent, subgoal.joint)) co_return co_await OpenDrawer(agent, subgoal);
  co_return co_await OpenDoor(agent, subgoal);
}

Skill Close(Agent& agent, Subgoal subgoal) {
  if (IsDrawer(agent, subgoal.joint)) co_return co_await CloseDrawer(agent, subgoal);
  co_return co_await CloseDoor(agent, subgoal);
}

Skill Achieve(Agent& agent, Subgoal subgoal) {
  if (subgoal.kind == Kind::kOn || subgoal.kind == Kind::kIn) {
    if (subgoal.joint >= 0 && IsShut(agent, subgoal.joint)) {
      agent.Say("open for " + subgoal.text);
      co_await Open(agent, subgoal);
    }
    co_return co_await PickAndPlace(agent, subgoal);
  }
  if (subgoal.joint < 0) co_return false;
  agent.Say("do " + subgoal.text);
  if (subgoal.kind == Kind::kOpen) co_return co_await Open(agent, subgoal);
  if (subgoal.kind == Kind::kClose) co_return co_await Close(agent, subgoal);
  co_return co_await TurnKnob(agent, subgoal, subgoal.kind == Kind::kTurnOn);
}

// Whether a subgoal puts something into what another one closes.
bool IsContentOf(const Subgoal& closing, const Subgoal& subgoal) {
  return closing.kind == Kind::kClose && subgoal.kind == Kind::kIn &&
         subgoal.support == closing.object && (subgoal.joint < 0 || subgoal.joint == closing.joint);
}

// Whether something is to be closed that does not yet hold what it shall.
bool WaitsForContents(const Subgoal& subgoal, const std::vector<Subgoal>& goal,
                      const std::function<bool(const Subgoal&)>& holds) {
  return std::ranges::any_of(
      goal, [&](const Subgoal& other) { return IsContentOf(subgoal, other) && !holds(other); });
}

// What jams a drawer or a door is put into it in another way.
Skill PutInAgain(Agent& agent, Subgoal closing, const std::vector<Subgoal>& goal) {
  for (const Subgoal& subgoal : goal) {
    if (IsContentOf(closing, subgoal)) co_await Achieve(agent, subgoal);
  }
  co_return true;
}

}  // namespace

Skill SolveTask(Agent& agent) {
  const Env& env = agent.cell.env();
  const std::vector<Subgoal> subgoals = PlanSubgoals(agent.cell);
  const auto holds = [&](const Subgoal& subgoal) {
    return env.goal().Holds(env.world(), subgoal.predicate);
  };
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    for (const Subgoal& subgoal : subgoals) {
      if (holds(subgoal)) continue;
      if (WaitsForContents(subgoal, subgoals, holds)) continue;
      const bool done = co_await Achieve(agent, subgoal);
      if (!done) co_await PutInAgain(agent, subgoal, subgoals);
    }
    if (env.Solved()) co_return true;
  }
  co_return false;
}

}  // namespace libero
