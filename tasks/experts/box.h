#pragma once

#include <optional>
#include <span>
#include <vector>

#include <Eigen/Geometry>

namespace libero {

// A frame in another: x_A = R x_B + p, p in m.
struct Pose {
  Eigen::Vector3d p = Eigen::Vector3d::Zero();
  Eigen::Matrix3d R = Eigen::Matrix3d::Identity();

  [[nodiscard]] Eigen::Vector3d operator*(const Eigen::Vector3d& x) const { return R * x + p; }
  [[nodiscard]] Pose operator*(const Pose& other) const { return {R * other.p + p, R * other.R}; }
  [[nodiscard]] Pose Inverse() const { return {-(R.transpose() * p), R.transpose()}; }
};

// A rotation about the vertical, rad.
[[nodiscard]] Eigen::Matrix3d Yaw(double angle);

// The rotation vector (axis times angle in [0, π], rad) of a rotation matrix.
[[nodiscard]] Eigen::Vector3d RotationVector(const Eigen::Matrix3d& R);

// A solid box anywhere; all collision geometry of the benchmark is boxes, or lies well in one.
struct Box {
  Pose pose;                                       // of its centre
  Eigen::Vector3d half = Eigen::Vector3d::Zero();  // half sizes along its own axes, m

  // Half of its extent along a unit vector.
  [[nodiscard]] double Reach(const Eigen::Vector3d& direction) const {
    return (pose.R.transpose() * direction).cwiseAbs().dot(half);
  }
  [[nodiscard]] double bottom() const { return pose.p.z() - Reach(Eigen::Vector3d::UnitZ()); }
  [[nodiscard]] double top() const { return pose.p.z() + Reach(Eigen::Vector3d::UnitZ()); }
};

[[nodiscard]] Box operator*(const Pose& pose, const Box& box);

// The box grown by a margin on all sides.
[[nodiscard]] Box Grown(const Box& box, double margin);

// The smallest box along the axes of `frame` that holds all of `boxes`, which are not empty.
[[nodiscard]] Box BoundingBox(std::span<const Box> boxes, const Eigen::Matrix3d& frame);

// How far `moving` gets along `path` (m) before it meets `fixed`: a fraction in [0, 1], 0 if they
// overlap at the start; nothing if it passes. Boxes that touch do not overlap. (Separating axes:
// the 15 intervals of time in which projections overlap have a time in common.)
[[nodiscard]] std::optional<double> Sweep(const Box& moving, const Eigen::Vector3d& path,
                                          const Box& fixed);

[[nodiscard]] bool Overlap(const Box& a, const Box& b);

// Whether any of `moving` meets any of `fixed` on the way.
[[nodiscard]] bool Collide(std::span<const Box> moving, const Eigen::Vector3d& path,
                           std::span<const Box> fixed);

// The first that any of `moving` meets, as a fraction of the way, and the index in `fixed`.
struct Contact {
  double fraction = 0;
  int fixed_index = 0;
};
[[nodiscard]] std::optional<Contact> FirstContact(std::span<const Box> moving,
                                                  const Eigen::Vector3d& path,
                                                  std::span<const Box> fixed);

// Lowest and highest point of boxes, which are not empty.
[[nodiscard]] double Bottom(std::span<const Box> boxes);
[[nodiscard]] double Top(std::span<const Box> boxes);

}  // namespace libero
