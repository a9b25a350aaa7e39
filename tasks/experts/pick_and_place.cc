#include "tasks/experts/pick_and_place.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tasks/experts/hand.h"
#include "tasks/experts/motion.h"
#include "tasks/experts/plan_search.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

// Whether a thing is so flat that it tilts when it is lifted by its edge.
bool IsFlat(const Workcell& cell, int object) {
  const Box hull = BoundingBox(cell.ObjectBoxes(object), Matrix3d::Identity());
  return hull.half.z() < 0.25 * std::min(hull.half.x(), hull.half.y());
}

// Tells when something that is lowered has stopped sinking.
class RestDetector {
 public:
  bool Rests(double z) {
    constexpr int kSteps = 6;
    constexpr double kSunk = 0.0004;  // m a step
    num_still_ = has_sunk_ && last_z_ - z < kSunk ? num_still_ + 1 : 0;
    has_sunk_ = has_sunk_ || last_z_ - z > kSunk;
    last_z_ = z;
    return num_still_ >= kSteps;
  }

 private:
  double last_z_ = -1e9;
  bool has_sunk_ = false;
  int num_still_ = 0;
};

// Waits until an object lies still, some steps at most.
Skill AwaitRest(Agent& agent, int object) {
  constexpr int kMostSteps = 15;
  constexpr double kStill = 0.02;  // m/s
  for (int i = 0; i < kMostSteps && agent.cell.speed(object) > kStill; ++i) {
    co_await Grip(agent, -1, 1);
  }
  co_return true;
}

// Opens the fingers to a gap (m), as near as the gripper's steps allow.
Skill OpenTo(Agent& agent, double gap) {
  constexpr int kMostSteps = 8;
  for (int i = 0; i < kMostSteps && agent.cell.finger_gap() > gap + 0.015; ++i) {
    co_await Grip(agent, 1, 1);
  }
  if (gap < kOpenGap) agent.grip = 0;
  co_return true;
}

// Takes an object by a grasp: there, down, closed, up. True if it came along.
Skill Take(Agent& agent, int object, Grasp grasp, double lift) {
  const Workcell& cell = agent.cell;
  const Matrix3d R = NearerRotation(agent, cell.object(object) * grasp.X_OH);
  const HandTarget at_grasp = [&cell, object, grasp, R] {
    return Pose{(cell.object(object) * grasp.X_OH).p, R};
  };
  const HandTarget above = [at_grasp] {
    Pose hand = at_grasp();
    hand.p.z() += kApproach;
    return hand;
  };
  agent.grip = -1;
  co_await Travel(agent, above(), -1);
  Motion hover;
  hover.tolerance = 0.008;
  co_await MoveHand(agent, above, hover);
  co_await OpenTo(agent, grasp.gap);
  Motion sink;
  sink.speed = 0.6;
  sink.tolerance = 0.005;
  co_await MoveHand(agent, at_grasp, sink);
  co_await Grip(agent, 1, static_cast<int>(agent.options.close));

  const double risen = std::min(0.02, 0.2 * lift);
  const double height = cell.object(object).p.z();
  co_await Rise(agent, lift, object);
  if (cell.object(object).p.z() > height + risen) co_return true;
  co_await Grip(agent, -1, kOpenSteps);
  co_await Rise(agent, 0.06, -1);
  co_return false;
}

// Carries what is held to a place and lowers it there; false if it fell out of the hand on the way
// or hangs on something.
Skill Carry(Agent& agent, int object, Put put, bool slides) {
  const Workcell& cell = agent.cell;
  const Matrix3d R = put.turn * cell.hand().R;

  // to where the straight way begins: low above it, or before the opening
  const bool from_above = put.entry.head<2>().isZero();
  const double above = slides ? 0.008 : 0.04;
  constexpr double kAir = 0.012;
  const Vector3d entry = put.X_WO.p + (from_above ? Vector3d(0, 0, above)
                                                  : Vector3d(put.entry + Vector3d(0, 0, kAir)));
  const Vector3d held = put.turn * (cell.object(object).p - cell.hand().p);
  if (!co_await Travel(agent, Pose{entry - held, R}, object, slides)) {
    if (IsLost(cell, object, held.norm())) co_return false;
  }
  if (!slides) {
    Motion exact;
    exact.tolerance = 0.005;
    exact.rotation_tolerance = 0.04;
    exact.max_steps = 40;
    co_await MoveObject(agent, object, entry, R, exact);
  }
  if (!from_above) {
    Motion push;
    push.speed = 0.6;
    push.tolerance = 0.01;
    const Vector3d inside = put.X_WO.p + Vector3d(0, 0, kAir);
    co_await MoveObject(agent, object, inside, R, push);
  }

  // down until it lies
  Motion lower;
  lower.speed = 0.5;
  lower.tolerance = 0.004;
  lower.max_steps = 60;
  constexpr double kPress = 0.01;
  constexpr double kHangs = 0.025;
  RestDetector rest;
  const std::function<bool()> lies = [&cell, object, &rest] {
    return rest.Rests(cell.object(object).p.z());
  };
  lower.until = lies;
  co_await MoveObject(agent, object, put.X_WO.p - Vector3d(0, 0, kPress), R, lower);
  co_return cell.object(object).p.z() < put.X_WO.p.z() + kHangs;
}

// Lets go and leaves the way that it came; not so high if the thing slid there.
Skill LetGo(Agent& agent, Put put, bool slid) {
  co_await Grip(agent, -1, kOpenSteps);
  if (put.entry.head<2>().isZero()) {
    co_await Rise(agent, slid ? 0.03 : 0.10, -1);
  } else {
    const Pose hand = agent.cell.hand();
    co_await MoveHandTo(agent, Pose{hand.p + 0.5 * put.entry, hand.R}, Motion{});
  }
  co_return true;
}

// Sets down what is held, somewhere else or otherwise if it hangs on something the first time.
Skill Place(Agent& agent, Subgoal subgoal, Put put, bool slides) {
  const Workcell& cell = agent.cell;
  const int object = subgoal.object;
  const double held = (cell.object(object).p - cell.hand().p).norm();
  const bool lies = co_await Carry(agent, object, put, slides);
  const bool is_good = lies || FulfilledAt(cell, subgoal, cell.object(object), 0);
  if (!is_good && !IsLost(cell, object, held)) {
    co_await Rise(agent, 0.06, object);
    put = PlanSearch(agent, object, PlanPuts(cell, subgoal)).BestPut().value_or(put);
    co_await Carry(agent, object, put, slides);
  }
  if (IsLost(cell, object, held)) co_return false;
  co_return co_await LetGo(agent, put, slides);
}

}  // namespace

Skill PickAndPlace(Agent& agent, Subgoal subgoal) {
  const Workcell& cell = agent.cell;
  const int object = subgoal.object;
  const std::string& name = cell.objects()[static_cast<size_t>(object)].name;
  const bool slides = subgoal.support == Workcell::kArena && IsFlat(cell, object);
  const double lift = slides ? 0.012 : 0.05;
  constexpr int kMostTries = 4;
  std::vector<Grasp> tried;
  for (int i = 0; i < kMostTries; ++i) {
    co_await AwaitRest(agent, object);
    const std::optional<Plan> plan = PlanSearch(agent, object, PlanPuts(cell, subgoal)).Best(tried);
    if (!plan) {
      agent.Say("no way to bring " + name);
      co_return false;
    }
    agent.Say("take " + name);
    tried.push_back(plan->grasp);
    if (!co_await Take(agent, object, plan->grasp, lift)) continue;
    agent.Say("put " + subgoal.text);
    co_return co_await Place(agent, subgoal, plan->put, slides);
  }
  co_return false;
}

}  // namespace libero
