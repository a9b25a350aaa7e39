#include "tasks/experts/motion.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numbers>
#include <vector>

#include "tasks/experts/hand.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kAir = 0.02;         // m: kept between what moves and what is passed
constexpr double kEscapeAir = 0.005;  // m: the same where it is narrow
constexpr double kStart = 0.015;  // m: what rests on something rises by that before it moves aside
constexpr double kFarUp = 0.5;    // m: above all that stands anywhere

Vector3d Up(double height) {
  return {0, 0, height};
}

// Tells when the hand has stopped.
class StallDetector {
 public:
  bool Stalled(const Pose& hand, double turn_left) {
    constexpr size_t kSteps = 7;
    constexpr double kMoved = 0.0006;  // m a step
    constexpr double kTurned = 0.01;   // rad a step
    positions_.push_back(hand.p);
    turns_.push_back(turn_left);
    if (positions_.size() > kSteps) {
      positions_.pop_front();
      turns_.pop_front();
    }
    if (positions_.size() < kSteps) return false;
    return (positions_.back() - positions_.front()).norm() < kMoved * kSteps &&
           std::abs(turns_.back() - turns_.front()) < kTurned;
  }

 private:
  std::deque<Vector3d> positions_;
  std::deque<double> turns_;
};

// The hand and what it carries, to be thought elsewhere.
class Traveller {
 public:
  Traveller(const Workcell& cell, int carried, bool slides = false)
      : Traveller(cell, carried, cell.finger_gap(), slides) {}

  Traveller(const Workcell& cell, int carried, double gap, bool slides)
      : air_below_(slides ? 0.0 : 1.0), parts_(HandBoxes(Pose{}, gap)) {
    const Pose world = cell.hand().Inverse();
    if (carried >= 0) {
      parts_.push_back(world * BoundingBox(cell.ObjectBoxes(carried), cell.object(carried).R));
    }
    obstacles_ = carried >= 0 ? cell.BoxesExcept(carried).boxes : cell.AllBoxes().boxes;
  }

  // Whether nothing is touched at a pose of the hand.
  [[nodiscard]] bool IsClear(const Pose& hand) const {
    return std::ranges::none_of(parts_, [&](const Box& part) {
      return std::ranges::any_of(
          obstacles_, [&](const Box& obstacle) { return Overlap(hand * part, obstacle); });
    });
  }

  // Whether the way from a pose of the hand is free, but for what is touched already.
  [[nodiscard]] bool IsFree(const Pose& hand, const Vector3d& way, double air) const {
    for (const Box& part : parts_) {
      Box box = hand * Grown(part, air);
      box.pose.p.z() += (1 - air_below_) * air;
      for (const Box& obstacle : obstacles_) {
        const std::optional<double> contact = Sweep(box, way, obstacle);
        if (contact && *contact > 0) return false;
        if (contact && !Overlap(box, obstacle)) return false;
        if (contact && LeadsInto(box, way, obstacle)) return false;
      }
    }
    return true;
  }

 private:
  // Whether boxes that overlap would overlap more.
  static bool LeadsInto(const Box& box, const Vector3d& way, const Box& obstacle) {
    const double length = way.norm();
    if (length == 0) return true;
    const Vector3d direction = way / length;
    return direction.dot(obstacle.pose.p - box.pose.p) >
           -0.5 * std::min(box.Reach(direction), obstacle.Reach(direction));
  }

  double air_below_;        // share of the air that is kept below, too
  std::vector<Box> parts_;  // in the hand's frame
  std::vector<Box> obstacles_;
};

// How far aside the hand must go before it can rise freely from a pose, with that much air around
// it; nothing where no way is.
std::optional<Vector3d> WayAside(const Traveller& traveller, const Pose& hand, double height,
                                 double air) {
  const Pose lifted = {hand.p + Up(kStart), hand.R};
  if (traveller.IsFree(lifted, Up(height), air)) return Vector3d(Vector3d::Zero());
  constexpr int kDirections = 16;
  constexpr int kRings = 7;
  constexpr double kApart = 0.02;  // m
  for (int ring = 1; ring <= kRings; ++ring) {
    const double distance = ring * kApart;
    for (int i = 0; i < kDirections; ++i) {
      const Vector3d aside = distance * Yaw(2 * std::numbers::pi * i / kDirections).col(0);
      const Pose there = {lifted.p + aside, hand.R};
      if (!traveller.IsFree(lifted, aside, 0)) continue;
      if (traveller.IsFree(there, Up(height), air)) return aside;
    }
  }
  return std::nullopt;
}

// The same with as much air as there is room for.
std::optional<Vector3d> WayAside(const Traveller& traveller, const Pose& hand, double height) {
  const std::optional<Vector3d> way = WayAside(traveller, hand, height, kAir);
  return way ? way : WayAside(traveller, hand, height, kEscapeAir);
}

Matrix3d HalfTurned(const Matrix3d& from, const Matrix3d& to) {
  const Eigen::AngleAxisd turn(to * from.transpose());
  return Eigen::AngleAxisd(turn.angle() / 2, turn.axis()) * from;
}

// Heights (m) that the hand rises where it starts, and comes down from where it goes to; between,
// it moves straight.
struct Arch {
  double rise = 0;
  double drop = 0;
};

Arch ShortestArch(const Traveller& traveller, const Pose& from, const Pose& to, double highest) {
  struct Candidate {
    Arch arch;
    double length;
  };
  constexpr double kStep = 0.03;
  std::vector<Candidate> candidates;
  for (int i = 0; from.p.z() + i * kStep < highest; ++i) {
    for (int j = 0; to.p.z() + j * kStep < highest; ++j) {
      const double rise = i * kStep;
      const double drop = j * kStep;
      const double length = rise + drop + (to.p + Up(drop) - from.p - Up(rise)).norm();
      candidates.push_back({{rise, drop}, length});
    }
  }
  std::ranges::sort(candidates, {}, &Candidate::length);
  const Matrix3d halfway = HalfTurned(from.R, to.R);
  const auto is_free = [&](const Candidate& candidate) {
    const Vector3d begin = from.p + Up(candidate.arch.rise);
    const Vector3d way = to.p + Up(candidate.arch.drop) - begin;
    return traveller.IsFree({begin, from.R}, way, kAir) &&
           traveller.IsFree({begin, halfway}, way, kAir) &&
           traveller.IsFree({begin, to.R}, way, kAir);
  };
  const auto found = std::ranges::find_if(candidates, is_free);
  return found != candidates.end() ? found->arch : Arch{highest - from.p.z(), highest - to.p.z()};
}

double Angle(const Matrix3d& from, const Matrix3d& to) {
  return RotationVector(to * from.transpose()).norm();
}

}  // namespace

Matrix3d NearerRotation(const Agent& agent, const Pose& hand) {
  constexpr double kFar = 2.0;
  constexpr double kStrained = 3;  // rad of turning that are better than joints at their ends
  const Matrix3d now = agent.cell.hand().R;
  const ArmJoints joints = agent.cell.arm_joints();
  const auto cost = [&](const Matrix3d& R) {
    const double from_home = Angle(agent.home.R, R);
    const ArmStance stance = agent.cell.arm().Reach(joints, agent.posture, {hand.p, R});
    return Angle(now, R) + (from_home > kFar ? 10 * (from_home - kFar) : 0) +
           kStrained * Strain(stance);
  };
  const Matrix3d other = FingersExchanged(hand.R);
  return cost(other) < cost(hand.R) ? other : hand.R;
}

Skill MoveHand(Agent& agent, HandTarget target, Motion motion) {
  StallDetector stall;
  const Vector3d start = agent.cell.hand().p;
  for (int step = 0; step < motion.max_steps; ++step) {
    const Pose hand = agent.cell.hand();
    const Pose goal = target();
    const double distance = (goal.p - hand.p).norm();
    const double turn = RotationVector(goal.R * hand.R.transpose()).norm();
    if (motion.until && motion.until()) co_return true;
    if (distance < motion.tolerance && turn < motion.rotation_tolerance) co_return true;
    if (stall.Stalled(hand, turn) && motion.may_stall) co_return false;
    ServoLimits limits;
    limits.translation *= motion.speed * agent.options.speed;
    limits.rotation = std::min(1.0, limits.rotation * motion.turning * agent.options.speed);
    Action action = ServoAction(motion.keeps_line ? start : hand.p, hand, goal, limits);
    action[6] = agent.grip;
    co_await NextStep{agent.cursor, action};
  }
  co_return false;
}

Skill MoveHandTo(Agent& agent, Pose target, Motion motion) {
  const HandTarget there = [target] {
    return target;
  };
  co_return co_await MoveHand(agent, there, motion);
}

bool IsLost(const Workcell& cell, int object, double distance) {
  constexpr double kLost = 0.05;
  return (cell.object(object).p - cell.hand().p).norm() > distance + kLost;
}

Skill MoveObject(Agent& agent, int object, Vector3d p, Matrix3d R, Motion motion) {
  const Workcell& cell = agent.cell;
  const double distance = (cell.object(object).p - cell.hand().p).norm();
  bool lost = false;
  const std::function<bool()> until = motion.until;
  motion.until = [&cell, &lost, object, distance, until] {
    lost = IsLost(cell, object, distance);
    return lost || (until && until());
  };
  const HandTarget target = [&cell, object, p, R] {
    return Pose{cell.hand().p + p - cell.object(object).p, R};
  };
  const bool arrived = co_await MoveHand(agent, target, motion);
  co_return arrived && !lost;
}

Skill Grip(Agent& agent, double direction, int num_steps) {
  agent.grip = direction;
  const Pose stay = agent.cell.hand();
  for (int step = 0; step < num_steps; ++step) {
    Action action = ServoAction(stay.p, agent.cell.hand(), stay, ServoLimits{});
    action[6] = direction;
    co_await NextStep{agent.cursor, action};
  }
  co_return true;
}

bool IsReachable(const Workcell& cell, const Pose& hand, double gap) {
  const Traveller traveller(cell, -1, gap, false);
  return WayAside(traveller, hand, kFarUp).has_value();
}

Skill Rise(Agent& agent, double height, int carried) {
  const Pose start = agent.cell.hand();
  const Traveller traveller(agent.cell, carried);
  const Vector3d aside = WayAside(traveller, start, height).value_or(Vector3d::Zero());
  Motion motion;
  motion.tolerance = std::min(0.01, height / 4);
  if (!aside.isZero()) {
    motion.speed = 0.6;
    co_await MoveHandTo(agent, Pose{start.p + aside + Up(kStart), start.R}, motion);
    motion.speed = 1;
  }
  co_return co_await MoveHandTo(agent, Pose{start.p + aside + Up(height), start.R}, motion);
}

Skill Travel(Agent& agent, Pose target, int carried, bool slides) {
  const Pose start = agent.cell.hand();
  const Traveller traveller(agent.cell, carried, slides);
  const double highest = std::max(start.p.z(), target.p.z()) + kFarUp;

  // where it can go up here and down there
  const Vector3d aside =
      WayAside(traveller, start, highest - start.p.z()).value_or(Vector3d::Zero());
  const Vector3d before =
      WayAside(traveller, target, highest - target.p.z()).value_or(Vector3d::Zero());
  const Vector3d from = start.p + aside;
  const Vector3d to = target.p + before;

  // as short as everything between lets it be
  const double least_rise = aside.isZero() ? 0 : kStart;
  const double least_drop = before.isZero() ? 0 : kStart;
  const Arch arch = ShortestArch(traveller, {from + Up(least_rise), start.R},
                                 {to + Up(least_drop), target.R}, highest);
  const Vector3d top = from + Up(least_rise + arch.rise);
  const Vector3d over = to + Up(least_drop + arch.drop);

  // it turns as soon as there is room for that
  std::vector<Pose> way;
  if (!aside.isZero()) way.push_back({from + Up(kStart), start.R});
  constexpr double kRoomToTurn = 0.05;  // m
  const Pose turned = {from + Up(kRoomToTurn), target.R};
  const Pose halfway = {turned.p, HalfTurned(start.R, target.R)};
  const bool turns_early = arch.rise > 2 * kRoomToTurn && traveller.IsClear(turned) &&
                           traveller.IsClear(halfway) &&
                           traveller.IsFree(turned, top - turned.p, kAir) &&
                           traveller.IsFree(halfway, top - turned.p, kAir);
  if (turns_early) way.push_back({turned.p, start.R});
  if (arch.rise > kAir) way.push_back({top, turns_early ? target.R : start.R});
  if ((over - target.p).norm() > kAir) way.push_back({over, target.R});
  if (!before.isZero()) way.push_back({to + Up(kStart), target.R});
  way.push_back(target);

  const double distance = carried >= 0 ? (agent.cell.object(carried).p - start.p).norm() : 0;
  const std::function<bool()> is_lost = [&agent, carried, distance] {
    return carried >= 0 && IsLost(agent.cell, carried, distance);
  };
  for (size_t i = 0; i < way.size(); ++i) {
    const bool is_last = i + 1 == way.size();
    const bool is_narrow = (i == 0 && !aside.isZero()) || (is_last && !before.isZero());
    Motion motion;
    motion.keeps_line = true;
    motion.until = is_lost;
    const bool is_above = i + 2 == way.size() && carried >= 0;  // from where it only goes down
    motion.tolerance = is_last || is_narrow ? 0.008 : is_above ? 0.015 : 0.03;
    motion.rotation_tolerance = is_last ? 0.06 : is_narrow || is_above ? 0.1 : 10;
    const bool arrived = co_await MoveHandTo(agent, way[i], motion);
    if (is_lost()) co_return false;
    if (is_last) co_return arrived;
  }
  co_return true;
}

}  // namespace libero
