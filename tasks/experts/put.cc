#include "tasks/experts/put.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kPi = std::numbers::pi;
constexpr double kDrop = 0.6;      // m above the place from which things are thought to sink
constexpr double kGive = 0.006;    // m by which things slide off edges
constexpr double kSideWay = 0.30;  // m of free way to a place that is reached from a side

std::vector<Box> Moved(const std::vector<Box>& boxes, const Pose& X) {
  std::vector<Box> moved;
  moved.reserve(boxes.size());
  for (const Box& box : boxes) moved.push_back(X * box);
  return moved;
}

// Moves boxes towards the vertical line through their middle.
void DrawIn(std::vector<Box>& boxes, double distance) {
  const Vector3d middle = BoundingBox(boxes, Matrix3d::Identity()).pose.p;
  for (Box& box : boxes) {
    const Eigen::Vector2d inward = (middle - box.pose.p).head<2>();
    if (inward.norm() > distance) box.pose.p.head<2>() += distance * inward.normalized();
  }
}

// The angle in (−π/4, π/4] that makes an angle a multiple of a quarter turn.
double ToQuarter(double angle) {
  return std::remainder(-angle, kPi / 2);
}

double YawOf(const Matrix3d& R) {
  // of the axis that is most level
  const Vector3d axis = std::abs(R(2, 0)) < std::abs(R(2, 1)) ? R.col(0) : R.col(1);
  return std::atan2(axis.y(), axis.x());
}

class PutPlanner {
 public:
  PutPlanner(const Workcell& cell, const Subgoal& subgoal)
      : cell_(cell),
        subgoal_(subgoal),
        X_WO_(cell.object(subgoal.object)),
        boxes_(Moved(cell.ObjectBoxes(subgoal.object), X_WO_.Inverse())),
        obstacles_(cell.BoxesExcept(subgoal.object)) {
    place_ = subgoal.site >= 0 ? cell.site(subgoal.site) : cell.object(subgoal.support);
    if (subgoal.support >= 0) frame_ = cell.object(subgoal.support).R;
    // boxes of other things do not matter
    Obstacles near;
    for (size_t i = 0; i < obstacles_.boxes.size(); ++i) {
      const Box& box = obstacles_.boxes[i];
      const double reach = box.half.norm() + 0.6;
      if ((box.pose.p - place_.p).head<2>().norm() > reach) continue;
      near.boxes.push_back(box);
      near.objects.push_back(obstacles_.objects[i]);
    }
    obstacles_ = std::move(near);
  }

  std::vector<Put> Plan() {
    AddPuts(Turns({Matrix3d::Identity()}));
    if (puts_.empty()) AddPuts(Turns(Tumbles()));
    // what lies low lies well: not on the edge of something, least of all in what is to be shut
    const double height_cost = subgoal_.joint >= 0 ? 800 : 60;  // per m
    double lowest = INFINITY;
    for (const Put& put : puts_) lowest = std::min(lowest, put.X_WO.p.z());
    for (Put& put : puts_) put.cost += height_cost * (put.X_WO.p.z() - lowest);
    std::ranges::stable_sort(puts_, {}, &Put::cost);
    return std::move(puts_);
  }

 private:
  void AddPuts(const std::vector<Matrix3d>& turns) {
    for (const Matrix3d& turn : turns) {
      for (const Vector3d& offset : Offsets()) {
        AddFromAbove(turn, offset, 0);
        AddFromAbove(turn, offset, kGive);
        AddFromAbove(turn, offset, 2 * kGive);
      }
    }
    if (!puts_.empty() || subgoal_.kind != Subgoal::Kind::kIn) return;
    for (const Matrix3d& turn : turns) {
      for (const Vector3d& offset : Offsets()) AddFromSides(turn, offset);
    }
  }

  // Each as it is, and turned so that it is square with what it goes into, or halfway to that.
  [[nodiscard]] std::vector<Matrix3d> Turns(const std::vector<Matrix3d>& tumbles) const {
    std::vector<Matrix3d> turns;
    for (const Matrix3d& tumble : tumbles) {
      turns.push_back(tumble);
      const double square = ToQuarter(YawOf(tumble * X_WO_.R) - YawOf(frame_));
      for (int i = -3; i <= 3; ++i) {
        const double angle = square + i * kPi / 4;
        if (std::abs(angle) > 1e-3) turns.emplace_back(Yaw(angle) * tumble);
      }
    }
    return turns;
  }

  // Laid or leaned over to each of four sides.
  [[nodiscard]] std::vector<Matrix3d> Tumbles() const {
    std::vector<Matrix3d> tumbles;
    for (const double angle : {kPi / 2, kPi / 3}) {
      for (int i = 0; i < 4; ++i) {
        const Vector3d axis = Yaw(YawOf(X_WO_.R) + i * kPi / 2).col(0);
        tumbles.emplace_back(Eigen::AngleAxisd(angle, axis));
      }
    }
    return tumbles;
  }

  // Level ones around the middle of the site; of an object, its middle only.
  [[nodiscard]] std::vector<Vector3d> Offsets() const {
    if (subgoal_.site < 0) return {Vector3d::Zero()};
    constexpr std::array kFractions = {0.0,  0.12, -0.12, 0.25, -0.25, 0.4,
                                       -0.4, 0.6,  -0.6,  0.8,  -0.8};
    const Vector3d reach = (place_.R * subgoal_.half).cwiseAbs();
    std::vector<Vector3d> offsets;
    for (const double x : kFractions) {
      for (const double y : kFractions) offsets.emplace_back(x * reach.x(), y * reach.y(), 0);
    }
    return offsets;
  }

  [[nodiscard]] Pose Turned(const Matrix3d& turn, const Vector3d& p) const {
    return {p, turn * X_WO_.R};
  }

  [[nodiscard]] double Cost(const Matrix3d& turn, const Vector3d& offset) const {
    const double half = std::max({subgoal_.half.x(), subgoal_.half.y(), 0.02});
    return 0.3 * RotationVector(turn).norm() + 0.5 * offset.norm() / half;
  }

  // Sinks from above the place. Things give way by `give` (m) where they touch with an edge, at a
  // cost.
  void AddFromAbove(const Matrix3d& turn, const Vector3d& offset, double give) {
    Pose start = Turned(turn, place_.p + offset);
    start.p.z() += kDrop;
    const Vector3d way = -2 * kDrop * Vector3d::UnitZ();
    std::vector<Box> moving = Moved(boxes_, start);
    DrawIn(moving, give);
    const std::optional<Contact> contact = FirstContact(moving, way, obstacles_.boxes);
    if (!contact || contact->fraction <= 0) return;
    const int touched = obstacles_.objects[static_cast<size_t>(contact->fixed_index)];
    const bool must_touch = subgoal_.kind == Subgoal::Kind::kOn && subgoal_.support >= 0;
    if (must_touch && touched != subgoal_.support) return;
    Pose rest = start;
    rest.p += contact->fraction * way;
    if (!FulfilledAt(cell_, subgoal_, rest)) return;
    puts_.push_back(
        {rest, 0.2 * Vector3d::UnitZ(), turn,
         Cost(turn, offset) + give / kGive * 0.2 + TightnessCost(moving, rest.p - start.p)});
  }

  // What would be met on the way, without its end, if the object were a little larger.
  [[nodiscard]] double TightnessCost(const std::vector<Box>& moving, const Vector3d& way) const {
    constexpr double kAir = 0.002;
    double cost = 0;
    for (const double room : {0.004, 0.008, 0.014}) {
      std::vector<Box> wider = moving;
      for (Box& box : wider) {
        box = Grown(box, room);
        box.pose.p.z() += room + kAir;
      }
      if (Collide(wider, way, obstacles_.boxes)) cost += 0.3;
    }
    return cost;
  }

  // As low as there is room in the place, and pulled out from there.
  void AddFromSides(const Matrix3d& turn, const Vector3d& offset) {
    constexpr double kAir = 0.012;
    const double floor = place_.p.z() - (place_.R * subgoal_.half).cwiseAbs().z();
    Pose start = Turned(turn, place_.p + offset);
    start.p.z() += floor - Bottom(Moved(boxes_, start));
    constexpr std::array kRises = {0.012, 0.024, 0.036, 0.048};
    const auto* const rise = std::ranges::find_if(kRises, [&](double height) {
      const Pose raised = {start.p + Vector3d(0, 0, height), start.R};
      return !Collide(Moved(boxes_, raised), Vector3d::Zero(), obstacles_.boxes);
    });
    if (rise == kRises.end()) return;
    start.p.z() += *rise;
    const Vector3d way = -0.2 * Vector3d::UnitZ();
    const std::optional<Contact> contact =
        FirstContact(Moved(boxes_, start), way, obstacles_.boxes);
    if (!contact) return;
    Pose rest = start;
    rest.p += contact->fraction * way;
    if (!FulfilledAt(cell_, subgoal_, rest)) return;
    Pose lifted = rest;
    lifted.p.z() += kAir;
    const std::vector<Box> inside = Moved(boxes_, lifted);
    for (int i = 0; i < 4; ++i) {
      const Vector3d out = Yaw(YawOf(frame_) + i * kPi / 2).col(0);
      if (Collide(inside, kSideWay * out, obstacles_.boxes)) continue;
      puts_.push_back(
          {rest, kSideWay * out, turn, Cost(turn, offset) + TightnessCost(inside, kSideWay * out)});
    }
  }

  const Workcell& cell_;
  const Subgoal& subgoal_;
  Pose X_WO_;
  std::vector<Box> boxes_;  // in the object's frame
  Obstacles obstacles_;
  Pose place_;
  Matrix3d frame_ = Matrix3d::Identity();
  std::vector<Put> puts_;
};

}  // namespace

std::vector<Put> PlanPuts(const Workcell& cell, const Subgoal& subgoal) {
  return PutPlanner(cell, subgoal).Plan();
}

}  // namespace libero
