#include "tasks/experts/grasp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "tasks/experts/hand.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kPi = std::numbers::pi;
constexpr double kNarrowCost = 0.3;
constexpr double kWidest = 0.074;  // that the open fingers pass with some air, m

// A part to hold, in the object's frame, m, and the axis along which fingers close on it.
struct Part {
  Vector3d point;
  Vector3d opening;
};

struct Style {
  std::string_view category;
  double rim_depth = 0;  // m that the finger tips' site is below the rim; 0: not held by the rim
  std::vector<Part> parts;
};

// Everything else is held around its whole body. Bowls slip from a shallower pinch.
std::span<const Style> Styles() {
  static const std::vector<Style> kStyles = {
      {"akita_black_bowl", 0.026, {}},
      {"bigger_akita_black_bowl", 0.026, {}},
      {"black_bowl", 0.026, {}},
      {"red_akita_black_bowl", 0.026, {}},
      {"red_bowl", 0.026, {}},
      {"yellow_bowl", 0.026, {}},
      {"white_bowl", 0.020, {}},
      {"glazed_rim_porcelain_ramekin", 0.020, {}},
      {"red_ramekin", 0.020, {}},
      {"plate", 0.006, {}},
      {"yellow_plate", 0.006, {}},
      {"porcelain_mug", 0.014, {{{-0.062, 0, 0.062}, {0, 1, 0}}}},
      {"white_porcelain_mug", 0.014, {}},
      {"red_coffee_mug", 0.014, {{{0.056, 0, 0.090}, {0, 1, 0}}}},
      {"white_yellow_mug", 0.014, {{{0.067, 0, 0.062}, {0, 1, 0}}}},
      {"moka_pot", 0, {{{0, 0, 0.078}, {1, 0, 0}}}},
      {"yellow_moka_pot", 0, {{{0, 0, 0.078}, {1, 0, 0}}}},
      {"chefmate_8_frypan",
       0,
       {{{0.150, 0, 0.044}, {0, 1, 0}},
        {{0.175, 0, 0.044}, {0, 1, 0}},
        {{0.125, 0, 0.044}, {0, 1, 0}}}},
  };
  return kStyles;
}

const Style* FindStyle(std::string_view category) {
  const auto found = std::ranges::find(Styles(), category, &Style::category);
  return found == Styles().end() ? nullptr : &*found;
}

// The angle by which a hand that opens along `opening` is turned from its orientation at the
// beginning, where it opens along y; rad, at most π/2, for fingers can be exchanged.
double Turn(const Vector3d& opening) {
  return std::acos(std::min(1.0, std::abs(opening.y()) / opening.head<2>().norm()));
}

class GraspPlanner {
 public:
  GraspPlanner(const Workcell& cell, int object, std::span<const double> tilts)
      : tilts_(tilts),
        X_WO_(cell.object(object)),
        boxes_(cell.ObjectBoxes(object)),
        p_WB_(cell.robot_base()) {}

  void AddAround() {
    const double bottom = Bottom(boxes_);
    const double top = Top(boxes_);
    constexpr int kAngles = 36;
    for (int i = 0; i < kAngles; ++i) {
      const Matrix3d axes = Yaw(kPi * i / kAngles);
      const Box hull = BoundingBox(boxes_, axes);
      const double width = 2 * hull.half.x();
      if (width > kWidest) continue;
      const double cost = 0.5 * Turn(axes.col(0)) + 40 * width;
      AddAlong(hull, HeightAround(bottom, top), cost);
      if (tilts_.size() > 1) AddAlong(hull, (bottom + top) / 2, cost);
    }
  }
  // As deep as wanted, or as the thing's floor allows.
  void AddRim(double depth) {
    const Vector3d middle = BoundingBox(boxes_, Matrix3d::Identity()).pose.p;
    constexpr int kAngles = 24;
    constexpr double kRise = 0.002;
    for (int i = 0; i < kAngles; ++i) {
      const Vector3d outward = Yaw(2 * kPi * i / kAngles).col(0);
      for (int step = 0; step < std::lround(depth / kRise); ++step) {
        const double d = depth - step * kRise;
        const Vector3d centre(middle.x(), middle.y(), Top(boxes_) - d);
        const std::optional<double> radius = WallRadius(centre, outward);
        if (!radius) continue;
        const Vector3d point = centre + *radius * outward;
        const double cost = 0.6 * Turn(outward) + 1.5 * (point - p_WB_).head<2>().norm();
        const bool is_free = Add(point, outward, kOpenGap, cost);
        if (Add(point, outward, kNarrowGap, cost + kNarrowCost) || is_free) break;
      }
    }
  }

  void AddPart(const Part& part) {
    const Vector3d opening = X_WO_.R * part.opening;
    const double cost = 0.5 * Turn(opening) + 0.5;
    Add(X_WO_ * part.point, opening, kOpenGap, cost);
    Add(X_WO_ * part.point, opening, kNarrowGap, cost + kNarrowCost);
  }

  std::vector<Grasp> Sorted() {
    std::ranges::sort(grasps_, {}, &Grasp::cost);
    return std::move(grasps_);
  }

 private:
  // Around the middle of the long side, and nearer to its ends, at a height.
  void AddAlong(const Box& hull, double height, double cost) {
    constexpr double kEnd = 0.014;
    constexpr double kEndCost = 0.4;
    const Vector3d opening = hull.pose.R.col(0);
    Vector3d point = hull.pose.p;
    point.z() = height;
    Add(point, opening, kOpenGap, cost);
    const double reach = hull.half.y() - kEnd;
    if (reach < kEnd) return;
    for (const double offset : {-reach, -reach / 2, reach / 2, reach}) {
      Add(point + offset * hull.pose.R.col(1), opening, kOpenGap,
          cost + kEndCost * std::abs(offset) / reach);
    }
  }

  // Flat things are held around the middle, above what they lie on; tall ones near the top.
  static double HeightAround(double bottom, double top) {
    constexpr double kFlat = 0.05;
    constexpr double kDepth = 0.028;  // the hand's body is 31 mm behind the pads
    if (top - bottom > kFlat) return top - kDepth;
    return std::max(bottom + 0.010, std::min((bottom + top) / 2, top - kDepth));
  }

  // How far from the axis the middle of the wall is that fingers at this height would close on.
  [[nodiscard]] std::optional<double> WallRadius(const Vector3d& centre,
                                                 const Vector3d& outward) const {
    constexpr double kSlice = 0.0015;
    constexpr int kNumSlices = 100;
    constexpr double kThickest = 0.045;
    constexpr double kFlatRim = 0.018;
    double begin = -1;
    double end = -1;
    for (int i = 1; i < kNumSlices; ++i) {
      const double r = i * kSlice;
      const Pose hand = {centre + r * outward, HandRotation(-Vector3d::UnitZ(), outward)};
      const Box slice = SpaceBetweenPads(hand, kSlice);
      const bool is_wall =
          std::ranges::any_of(boxes_, [&](const Box& box) { return Overlap(slice, box); });
      if (is_wall && begin < 0) begin = r;
      if (is_wall) end = r;
      if (!is_wall && begin >= 0) break;
    }
    if (begin < 0 || end - begin > kThickest) return std::nullopt;
    // of a flat rim the fingers hold the edge
    constexpr double kEdge = 0.005;
    return std::max((begin + end) / 2, end - kFlatRim < begin ? 0.0 : end - kEdge);
  }

  // Unless the open hand bumps into the object there; false if it does at any tilt.
  bool Add(const Vector3d& point, const Vector3d& opening, double gap, double cost) {
    constexpr double kTolerance = 0.003;
    const Matrix3d upright = HandRotation(-Vector3d::UnitZ(), opening);
    bool is_free = false;
    for (const double tilt : tilts_) {
      const Pose hand = {point, Eigen::AngleAxisd(tilt, upright.col(0)) * upright};
      std::vector<Box> open_hand = HandBoxes(hand, gap);
      for (Box& box : open_hand) box = Grown(box, -kTolerance);
      if (Collide(open_hand, Vector3d::Zero(), boxes_)) continue;
      grasps_.push_back({X_WO_.Inverse() * hand, gap, cost + std::abs(tilt)});
      is_free = true;
    }
    return is_free;
  }

  std::span<const double> tilts_;  // about the axis along which fingers open, rad
  Pose X_WO_;
  std::vector<Box> boxes_;
  Vector3d p_WB_;  // of the robot's base
  std::vector<Grasp> grasps_;
};

}  // namespace

std::vector<Grasp> PlanGrasps(const Workcell& cell, int object, bool is_tilted) {
  static constexpr std::array kUpright = {0.0};
  static constexpr std::array kTilts = {kPi / 6,  -kPi / 6,   kPi / 3,
                                        -kPi / 3, kPi * 0.45, -kPi * 0.45};
  GraspPlanner planner(cell, object,
                       is_tilted ? std::span<const double>(kTilts) : std::span(kUpright));
  const Style* style = FindStyle(cell.category(object));
  if (style == nullptr) planner.AddAround();
  if (style != nullptr && style->rim_depth > 0) planner.AddRim(style->rim_depth);
  if (style != nullptr) {
    for (const Part& part : style->parts) planner.AddPart(part);
  }
  return planner.Sorted();
}

}  // namespace libero
