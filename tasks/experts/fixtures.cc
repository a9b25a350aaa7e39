#include "tasks/experts/fixtures.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "tasks/experts/hand.h"
#include "tasks/experts/motion.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr int kBarSteps = 8;  // a drawer's bar is thick, and only pulled
constexpr int kBarOpenSteps = 4;

// A joint of a fixture and what moves on it.
struct Mechanism {
  const Workcell* cell = nullptr;
  int joint = -1;
  int body = -1;

  [[nodiscard]] double position() const { return cell->joint(joint); }
  [[nodiscard]] Vector3d axis() const {
    return Eigen::Map<const Vector3d>(cell->env().world().data().xaxis + 3 * joint);
  }
  [[nodiscard]] Vector3d anchor() const {
    return Eigen::Map<const Vector3d>(cell->env().world().data().xanchor + 3 * joint);
  }
  // The sign of the direction in which it opens.
  [[nodiscard]] double opening() const {
    const double* range = cell->env().world().model().jnt_range + 2 * joint;
    return range[0] + range[1] < 0 ? -1 : 1;
  }
  [[nodiscard]] std::vector<Box> boxes() const { return cell->BodyBoxes(body); }
};

Mechanism FindMechanism(const Workcell& cell, int joint) {
  return {&cell, joint, cell.env().world().model().jnt_bodyid[joint]};
}

// Of boxes, the one that is furthest along a direction.
Box Furthest(const std::vector<Box>& boxes, const Vector3d& direction) {
  return *std::ranges::max_element(
      boxes, {}, [&](const Box& box) { return direction.dot(box.pose.p) + box.Reach(direction); });
}

// A door as it stands: level unit vectors from its hinge along it and out of it.
struct Door {
  Vector3d hinge;
  Box panel;
  Vector3d along;
  Vector3d out;
};

Door FindDoor(const Mechanism& mechanism) {
  const std::vector<Box> boxes = mechanism.boxes();
  Door door;
  door.hinge = mechanism.anchor();
  door.panel = *std::ranges::max_element(boxes, {}, [](const Box& box) { return box.half.prod(); });
  door.along = door.panel.pose.p - door.hinge;
  door.along.z() = 0;
  door.along.normalize();
  door.out = mechanism.opening() * mechanism.axis().cross(door.along);
  return door;
}

// The axis of a box along which it is longest or shortest, of those that are level.
Vector3d LevelAxis(const Box& box, bool longest) {
  int best = -1;
  for (int i = 0; i < 3; ++i) {
    if (std::abs(box.pose.R(2, i)) > 0.7) continue;
    if (best < 0 || (box.half[i] > box.half[best]) == longest) best = i;
  }
  return box.pose.R.col(best);
}

// Down, tilted by an angle (rad) towards a level direction.
Vector3d Tilted(double angle, const Vector3d& towards) {
  return std::cos(angle) * -Vector3d::UnitZ() + std::sin(angle) * towards;
}

// Away from what was held or pushed, and up.
Skill Retreat(Agent& agent, double distance) {
  const Pose hand = agent.cell.hand();
  Motion motion;
  motion.tolerance = 0.02;
  co_await MoveHandTo(agent, Pose{hand.p - distance * hand.R.col(2), hand.R}, motion);
  co_return true;
}

constexpr double kDegree = std::numbers::pi / 180;

}  // namespace

// The hand comes almost level, with one finger above and one below the handle's bar; tilted less it
// meets the cabinet's top or the handle above.
Skill OpenDrawer(Agent& agent, Subgoal subgoal) {
  const Mechanism drawer = FindMechanism(agent.cell, subgoal.joint);
  const Vector3d out = drawer.opening() * drawer.axis();
  const Box bar = Furthest(drawer.boxes(), out);
  const Vector3d approach = Tilted(80 * kDegree, -out);
  const Matrix3d R = NearerRotation(agent, {bar.pose.p, HandRotation(approach, Vector3d::UnitZ())});
  agent.grip = -1;
  co_await Travel(agent, Pose{bar.pose.p - 0.08 * approach, R}, -1);
  Motion exact;
  exact.speed = 0.8;
  exact.tolerance = 0.005;
  co_await MoveHandTo(agent, Pose{bar.pose.p + 0.004 * approach, R}, exact);
  co_await Grip(agent, 1, kBarSteps);

  constexpr double kOpen = 0.145;
  Motion pull;
  pull.may_stall = false;
  pull.max_steps = 60;
  const std::function<bool()> is_open = [drawer] {
    return std::abs(drawer.position()) > kOpen && drawer.position() * drawer.opening() > 0;
  };
  pull.until = is_open;
  co_await MoveHandTo(agent, Pose{agent.cell.hand().p + 0.19 * out, R}, pull);
  const bool done = is_open();
  co_await Grip(agent, -1, kBarOpenSteps);
  co_await Retreat(agent, 0.035);
  co_return done;
}

// The closed fingers push against the handle, tilted so that neither the wrist gets too low nor the
// hand meets what is above.
Skill CloseDrawer(Agent& agent, Subgoal subgoal) {
  const Mechanism drawer = FindMechanism(agent.cell, subgoal.joint);
  const Vector3d out = drawer.opening() * drawer.axis();
  const Box bar = Furthest(drawer.boxes(), out);
  const Vector3d approach = Tilted(40 * kDegree, -out);
  const Matrix3d R =
      NearerRotation(agent, {bar.pose.p, HandRotation(approach, LevelAxis(bar, true))});
  agent.grip = 1;
  const Vector3d above(0, 0, 0.003);
  co_await Travel(agent, Pose{bar.pose.p + 0.08 * out + above, R}, -1);

  constexpr double kClosed = 0.003;
  Motion push;
  push.may_stall = false;
  push.max_steps = 80;
  push.tolerance = 0;
  const std::function<bool()> is_closed = [drawer] {
    return -drawer.position() * drawer.opening() > kClosed;
  };
  push.until = is_closed;
  const HandTarget through = [drawer, out, R, above] {
    const Box moving = Furthest(drawer.boxes(), out);
    return Pose{moving.pose.p - 0.08 * out + above, R};
  };
  co_await MoveHand(agent, through, push);
  const bool done = is_closed();
  Motion back;
  back.tolerance = 0.02;
  co_await MoveHandTo(agent, Pose{agent.cell.hand().p + 0.08 * out, R}, back);
  co_return done;
}

// A door's handle is held like a drawer's, level, and led around the hinge.
Skill OpenDoor(Agent& agent, Subgoal subgoal) {
  const Mechanism door = FindMechanism(agent.cell, subgoal.joint);
  const auto [hinge, panel, along, out] = FindDoor(door);
  const Box bar = Furthest(door.boxes(), out);
  const Vector3d approach = Tilted(70 * kDegree, -out);
  const Matrix3d R = NearerRotation(agent, {bar.pose.p, HandRotation(approach, along)});
  agent.grip = -1;
  co_await Travel(agent, Pose{bar.pose.p + 0.12 * out + Vector3d(0, 0, 0.10), R}, -1);
  Motion via;
  via.tolerance = 0.015;
  co_await MoveHandTo(agent, Pose{bar.pose.p - 0.08 * approach, R}, via);
  Motion exact;
  exact.speed = 0.6;
  exact.tolerance = 0.005;
  co_await MoveHandTo(agent, Pose{bar.pose.p + 0.004 * approach, R}, exact);
  co_await Grip(agent, 1, kCloseSteps);

  constexpr double kOpen = 1.4;  // rad
  constexpr double kLead = 0.3;  // rad
  const double start = door.position();
  const std::function<bool()> is_open = [door] {
    return door.position() * door.opening() > kOpen;
  };
  Motion pull;
  pull.may_stall = false;
  pull.max_steps = 150;
  pull.tolerance = 0;
  pull.until = is_open;
  const Vector3d arm = bar.pose.p - hinge;
  const HandTarget around = [door, hinge, arm, R, start] {
    const double turn = door.position() - start + kLead * door.opening();
    return Pose{hinge + Yaw(turn) * arm, Yaw(0.8 * turn) * R};
  };
  co_await MoveHand(agent, around, pull);
  const bool done = is_open();
  co_await Grip(agent, -1, kOpenSteps);
  co_await Retreat(agent, 0.08);
  co_return done;
}

// The closed fingers push the door's outside, from near its edge.
Skill CloseDoor(Agent& agent, Subgoal subgoal) {
  const Mechanism door = FindMechanism(agent.cell, subgoal.joint);
  const auto [hinge, panel, along, out] = FindDoor(door);
  constexpr double kHeight = 0.03;  // m above the panel's middle
  const Vector3d middle(hinge.x(), hinge.y(), panel.pose.p.z() + kHeight);
  const Matrix3d R = agent.home.R;
  agent.grip = 1;
  co_await Travel(agent, Pose{middle + 0.20 * along + 0.13 * out, R}, -1);

  constexpr double kClosed = -0.002;
  const std::function<bool()> is_closed = [door] {
    return -door.position() * door.opening() > kClosed;
  };
  Motion push;
  push.may_stall = false;
  push.max_steps = 120;
  push.tolerance = 0;
  push.until = is_closed;
  const double start = door.position();
  const HandTarget through = [door, middle, along, R, start] {
    // ahead of the door by some angle, a little beyond the frame
    const double now = door.position();
    const double lead = -door.opening() * 0.35;
    double target = now + lead;
    if (-door.opening() * target > 0.15) target = -door.opening() * 0.15;
    return Pose{middle + 0.17 * (Yaw(target - start) * along), R};
  };
  co_await MoveHand(agent, through, push);
  const bool done = is_closed();
  const Vector3d away = door.opening() * door.axis().cross(Yaw(door.position() - start) * along);
  Motion back;
  back.tolerance = 0.02;
  co_await MoveHandTo(agent, Pose{agent.cell.hand().p + 0.08 * away, R}, back);
  co_return done;
}

// How the hand begins to turn by `turn`, so that it stays near its usual orientation on the way.
Matrix3d KnobRotation(const Agent& agent, const Box& bar, const Matrix3d& turn) {
  const Matrix3d R = HandRotation(-Vector3d::UnitZ(), LevelAxis(bar, false));
  const auto farthest = [&](const Matrix3d& hand) {
    const Matrix3d home = agent.home.R.transpose();
    return std::max(RotationVector(hand * home).norm(), RotationVector(turn * hand * home).norm());
  };
  const Matrix3d other = FingersExchanged(R);
  return farthest(other) < farthest(R) ? other : R;
}

// The fingers close on the knob's bar, and the hand turns; pushing the bar jams it.
Skill TurnKnob(Agent& agent, Subgoal subgoal, bool on) {
  const Mechanism knob = FindMechanism(agent.cell, subgoal.joint);
  const double* range = agent.cell.env().world().model().jnt_range + 2 * subgoal.joint;
  constexpr double kOn = 0.6;  // rad; 0.5 count as on
  const double target = on ? std::min(kOn + 0.3, range[1]) : range[0] - 0.2;
  const Matrix3d turn = Eigen::AngleAxisd(target - knob.position(), knob.axis()).toRotationMatrix();
  const Box bar = Furthest(knob.boxes(), Vector3d::UnitZ());
  const Matrix3d R = KnobRotation(agent, bar, turn);
  constexpr double kBelowTop = 0.018;
  const Vector3d middle(bar.pose.p.x(), bar.pose.p.y(), bar.top() - kBelowTop);
  agent.grip = -1;
  co_await Travel(agent, Pose{middle + Vector3d(0, 0, 0.04), R}, -1);
  Motion sink;
  sink.speed = 0.6;
  sink.tolerance = 0.005;
  co_await MoveHandTo(agent, Pose{middle, R}, sink);
  co_await Grip(agent, 1, 8);

  const std::function<bool()> is_done = [knob, on] {
    return on ? knob.position() > kOn : knob.position() < -0.001;
  };
  Motion twist;
  twist.turning = 2.5;
  twist.may_stall = false;
  twist.max_steps = 50;
  twist.rotation_tolerance = 0.01;
  twist.until = is_done;
  const Pose hand = agent.cell.hand();
  co_await MoveHandTo(agent, Pose{hand.p, turn * hand.R}, twist);
  const bool done = is_done();
  co_await Grip(agent, -1, kOpenSteps);
  co_await Rise(agent, 0.08, -1);
  co_return done;
}

}  // namespace libero
