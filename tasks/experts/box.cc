#include "tasks/experts/box.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/base/check.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

// When the projections of two boxes on an axis overlap.
struct Interval {
  double begin = 0;
  double end = 1;
};

// Shortens `time` to when |distance + speed t| < reach; false if that is never.
bool Clip(double distance, double speed, double reach, Interval& time) {
  constexpr double kStandstill = 1e-12;
  if (std::abs(speed) < kStandstill) return std::abs(distance) < reach;
  const double a = (-reach - distance) / speed;
  const double b = (reach - distance) / speed;
  time.begin = std::max(time.begin, std::min(a, b));
  time.end = std::min(time.end, std::max(a, b));
  return time.begin < time.end;
}

}  // namespace

Matrix3d Yaw(double angle) {
  return Eigen::AngleAxisd(angle, Vector3d::UnitZ()).toRotationMatrix();
}

Vector3d RotationVector(const Matrix3d& R) {
  const Eigen::AngleAxisd turn(R);
  return turn.axis() * turn.angle();
}

Box operator*(const Pose& pose, const Box& box) {
  return {pose * box.pose, box.half};
}

Box Grown(const Box& box, double margin) {
  return {box.pose, box.half + Vector3d::Constant(margin)};
}

Box BoundingBox(std::span<const Box> boxes, const Matrix3d& frame) {
  LIBERO_CHECK(!boxes.empty());
  Vector3d low = Vector3d::Constant(INFINITY);
  Vector3d high = -low;
  for (const Box& box : boxes) {
    for (int i = 0; i < 3; ++i) {
      const double middle = frame.col(i).dot(box.pose.p);
      const double reach = box.Reach(frame.col(i));
      low[i] = std::min(low[i], middle - reach);
      high[i] = std::max(high[i], middle + reach);
    }
  }
  return {{frame * ((low + high) / 2), frame}, (high - low) / 2};
}

std::optional<double> Sweep(const Box& moving, const Vector3d& path, const Box& fixed) {
  const Vector3d offset = moving.pose.p - fixed.pose.p;
  // spheres around both first: most pairs are far apart
  const double radius = moving.half.norm() + fixed.half.norm();
  const double length2 = path.squaredNorm();
  const double nearest = length2 > 0 ? std::clamp(-offset.dot(path) / length2, 0.0, 1.0) : 0.0;
  if ((offset + nearest * path).squaredNorm() > radius * radius) return std::nullopt;

  Interval time;
  const auto meet_along = [&](const Vector3d& axis) {
    return Clip(axis.dot(offset), axis.dot(path), moving.Reach(axis) + fixed.Reach(axis), time);
  };
  for (int i = 0; i < 3; ++i) {
    if (!meet_along(moving.pose.R.col(i)) || !meet_along(fixed.pose.R.col(i))) return std::nullopt;
  }
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      const Vector3d axis = moving.pose.R.col(i).cross(fixed.pose.R.col(j));
      constexpr double kParallel = 1e-9;
      if (axis.squaredNorm() > kParallel && !meet_along(axis)) return std::nullopt;
    }
  }
  return time.begin;
}

bool Overlap(const Box& a, const Box& b) {
  return Sweep(a, Vector3d::Zero(), b).has_value();
}

bool Collide(std::span<const Box> moving, const Vector3d& path, std::span<const Box> fixed) {
  return std::ranges::any_of(moving, [&](const Box& box) {
    return std::ranges::any_of(
        fixed, [&](const Box& other) { return Sweep(box, path, other).has_value(); });
  });
}

std::optional<Contact> FirstContact(std::span<const Box> moving, const Vector3d& path,
                                    std::span<const Box> fixed) {
  std::optional<Contact> first;
  for (size_t i = 0; i < fixed.size(); ++i) {
    for (const Box& box : moving) {
      const std::optional<double> fraction = Sweep(box, path, fixed[i]);
      if (!fraction || (first && *fraction >= first->fraction)) continue;
      first = Contact{*fraction, static_cast<int>(i)};
    }
  }
  return first;
}

double Bottom(std::span<const Box> boxes) {
  LIBERO_CHECK(!boxes.empty());
  return std::ranges::min(boxes, {}, &Box::bottom).bottom();
}

double Top(std::span<const Box> boxes) {
  LIBERO_CHECK(!boxes.empty());
  return std::ranges::max(boxes, {}, &Box::top).top();
}

}  // namespace libero
