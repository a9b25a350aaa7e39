#include "tasks/experts/plan_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tasks/experts/hand.h"
#include "tasks/experts/motion.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kHindered = 4;    // cost from which on something is in the way
constexpr double kOutOfReach = 5;  // cost of a grasp that no free way leads to
constexpr double kStrained = 4;    // cost of joints at their ends
constexpr double kHeldGap = 0.03;  // between the pads, about, with something in them

// What may be grazed is not counted as met.
std::vector<Box> Slimmer(std::vector<Box> boxes) {
  constexpr double kGraze = 0.0025;
  for (Box& box : boxes) box = Grown(box, -kGraze);
  return boxes;
}

// Some of each turn, for every place is tried with every grasp.
void KeepBest(std::vector<Put>& puts) {
  constexpr int kMost = 15;
  std::vector<Put> kept;
  for (const Put& put : puts) {
    const auto same =
        std::ranges::count_if(kept, [&](const Put& other) { return other.turn == put.turn; });
    if (same < kMost) kept.push_back(put);
  }
  puts = std::move(kept);
}

// What has failed before will fail again.
double TriedCost(const Grasp& grasp, const std::vector<Grasp>& tried) {
  double cost = 0;
  for (const Grasp& other : tried) {
    const double apart = (grasp.X_OH.p - other.X_OH.p).norm();
    cost += 0.5 * std::exp(-apart / 0.02);
  }
  return cost;
}

}  // namespace

PlanSearch::PlanSearch(const Agent& agent, int object, std::vector<Put> puts)
    : agent_(agent), cell_(agent.cell), object_(object), puts_(std::move(puts)) {
  const Obstacles others = cell_.BoxesExcept(object);
  for (size_t i = 0; i < others.boxes.size(); ++i) {
    (others.swings[i] ? doors_ : others_).push_back(others.boxes[i]);
  }
  KeepBest(puts_);
}

std::optional<Plan> PlanSearch::Best(const std::vector<Grasp>& tried) const {
  std::optional<Plan> best = BestOf(PlanGrasps(cell_, object_, false), tried);
  if (best && best->cost < kHindered) return best;
  std::optional<Plan> tilted = BestOf(PlanGrasps(cell_, object_, true), tried);
  return !best || (tilted && tilted->cost < best->cost) ? tilted : best;
}

std::optional<Put> PlanSearch::BestPut() const {
  const Grasp held = {.X_OH = cell_.object(object_).Inverse() * cell_.hand()};
  const Reached now = {.stance = {.joints = cell_.arm_joints()}, .R = cell_.hand().R};
  const auto cost = [&](const Put& put) {
    return put.cost + PuttingCost(put, held) + TurningCost(put, held, now);
  };
  const auto best = std::ranges::min_element(puts_, {}, cost);
  return best == puts_.end() ? std::nullopt : std::optional<Put>(*best);
}

std::optional<Plan> PlanSearch::BestOf(const std::vector<Grasp>& grasps,
                                       const std::vector<Grasp>& tried) const {
  std::optional<Plan> best;
  const Pose X_WO = cell_.object(object_);
  for (const Grasp& grasp : grasps) {
    const Pose hand = X_WO * grasp.X_OH;
    const double taking = grasp.cost + TakingCost(hand, grasp.gap) + TriedCost(grasp, tried);
    std::optional<Reached> reached;  // takes long to find out, so only where it matters
    for (const Put& put : puts_) {
      if (best && taking + put.cost >= best->cost) continue;
      double cost = taking + put.cost + PuttingCost(put, grasp);
      if (best && cost >= best->cost) continue;
      if (!reached) reached = Reach(hand, grasp.gap);
      cost += reached->cost;
      if (best && cost >= best->cost) continue;
      cost += TurningCost(put, grasp, *reached);
      if (best && cost >= best->cost) continue;
      best = Plan{grasp, put, cost};
    }
  }
  return best;
}

// What the open hand meets where it takes the object, and on the way down to there.
double PlanSearch::TakingCost(const Pose& hand, double gap) const {
  const std::vector<Box> boxes = Slimmer(HandBoxes(hand, gap));
  const double stretch = StretchCost(hand);
  if (Collide(boxes, Vector3d::Zero(), others_)) return stretch + 6;
  constexpr double kWay = 0.12;
  return stretch + (Collide(boxes, kWay * Vector3d::UnitZ(), others_) ? 1.5 : 0);
}

// Whether the hand gets to where it starts to sink.
bool PlanSearch::IsTakable(const Pose& hand, double gap) const {
  const Pose above = {hand.p + Vector3d(0, 0, kApproach), hand.R};
  return !Collide(Slimmer(HandBoxes(above, gap)), Vector3d::Zero(), others_) &&
         IsReachable(cell_, above, gap);
}

// What the hand meets where it sets the object down, on the way there and as it lets go.
double PlanSearch::PuttingCost(const Put& put, const Grasp& grasp) const {
  const Pose hand = put.X_WO * grasp.X_OH;
  const std::vector<Box> held = Slimmer(HandBoxes(hand, kHeldGap));
  double cost = 0;
  if (Collide(held, put.entry, others_)) cost += 4;
  if (Collide(held, put.entry, doors_)) cost += 3;
  if (Collide(Slimmer(FingerBoxes(hand, kHeldGap + 0.03)), Vector3d::Zero(), others_)) cost += 3;
  return cost + StretchCost(hand);
}

// Far turns and certain places reach the joints' limits.
double PlanSearch::TurningCost(const Put& put, const Grasp& grasp, const Reached& reached) const {
  constexpr double kFarTurn = 2.2;
  const Matrix3d R = put.turn * reached.R;
  const double turned = RotationVector(R * agent_.home.R.transpose()).norm();
  const Pose hand = {put.X_WO * grasp.X_OH.p, R};
  const ArmStance stance = cell_.arm().Reach(reached.stance.joints, agent_.posture, hand);
  return (turned > kFarTurn ? 2 : 0) + kStrained * Strain(stance);
}

PlanSearch::Reached PlanSearch::Reach(const Pose& hand, double gap) const {
  Reached reached;
  reached.R = NearerRotation(agent_, hand);
  reached.stance = cell_.arm().Reach(cell_.arm_joints(), agent_.posture, {hand.p, reached.R});
  reached.cost = (IsTakable(hand, gap) ? 0 : kOutOfReach) + kStrained * Strain(reached.stance);
  return reached;
}

// Near its full length the arm loses the force to come back.
double PlanSearch::StretchCost(const Pose& hand) const {
  constexpr double kLong = 0.66;  // m; 0.70 are all
  constexpr double kSlope = 130;  // per m
  return kSlope * std::clamp(ArmStretch(cell_.robot_base(), hand) - kLong, 0.0, 0.06);
}

}  // namespace libero
