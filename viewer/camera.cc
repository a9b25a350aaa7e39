#include "viewer/camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace libero {
namespace {

using Vector = std::array<double, 3>;

constexpr double kRadians = std::numbers::pi / 180;

Vector Cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Vector Column(const CameraPose& camera, size_t i) {
  return {camera.mat[i], camera.mat[3 + i], camera.mat[6 + i]};
}

double Dot(const Vector& a, const Vector& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

}  // namespace

CameraPose FixedCamera(const mjModel& model, const Snapshot& snapshot, int camera_id) {
  CameraPose camera;
  std::copy_n(snapshot.cam_xpos.begin() + 3 * static_cast<ptrdiff_t>(camera_id), 3,
              camera.pos.begin());
  std::copy_n(snapshot.cam_xmat.begin() + 9 * static_cast<ptrdiff_t>(camera_id), 9,
              camera.mat.begin());
  camera.fovy_deg = model.cam_fovy[camera_id];
  return camera;
}

std::optional<PicturePoint> Project(const CameraPose& camera, double aspect, const Vector& point) {
  const Vector offset = {point[0] - camera.pos[0], point[1] - camera.pos[1],
                         point[2] - camera.pos[2]};
  const double depth = -Dot(Column(camera, 2), offset);
  if (depth < 1e-3) return std::nullopt;
  const double half_height = depth * std::tan(camera.fovy_deg * kRadians / 2);
  return PicturePoint{0.5 + 0.5 * Dot(Column(camera, 0), offset) / (half_height * aspect),
                      0.5 - 0.5 * Dot(Column(camera, 1), offset) / half_height};
}

Vector Ray(const CameraPose& camera, double aspect, const PicturePoint& point) {
  const double half_height = std::tan(camera.fovy_deg * kRadians / 2);
  const double right = (2 * point.x - 1) * half_height * aspect;
  const double up = (1 - 2 * point.y) * half_height;
  Vector ray{};
  for (size_t i = 0; i < 3; ++i) {
    ray[i] = right * camera.mat[3 * i] + up * camera.mat[3 * i + 1] - camera.mat[3 * i + 2];
  }
  const double length = std::sqrt(Dot(ray, ray));
  for (double& number : ray) number /= length;
  return ray;
}

FreeCamera::FreeCamera(const mjModel& model, const Snapshot& snapshot) {
  const int base = mj_name2id(&model, mjOBJ_BODY, "robot0_base");
  if (base < 0) return;
  std::copy_n(snapshot.xpos.begin() + 3 * static_cast<ptrdiff_t>(base), 3, look_at.begin());
  constexpr Vector kAhead = {0.55, 0, 0.15};  // m, of the robot's base
  for (size_t i = 0; i < 3; ++i) look_at[i] += kAhead[i];
}

void FreeCamera::Turn(double dx, double dy) {
  azimuth_deg = std::remainder(azimuth_deg - 180 * dx, 360);
  elevation_deg = std::clamp(elevation_deg - 180 * dy, -89.5, 89.5);
}

void FreeCamera::Move(double dx, double dy) {
  const CameraPose camera = pose(45);
  const double height = 2 * distance * std::tan(camera.fovy_deg * kRadians / 2);
  for (size_t i = 0; i < 3; ++i) {
    look_at[i] -= height * (dx * Column(camera, 0)[i] - dy * Column(camera, 1)[i]);
  }
}

void FreeCamera::Zoom(double notches) {
  distance = std::clamp(distance * std::pow(0.9, notches), 0.05, 20.0);
}

CameraPose FreeCamera::pose(double fovy_deg) const {
  const double azimuth = azimuth_deg * kRadians;
  const double elevation = elevation_deg * kRadians;
  const Vector forward = {std::cos(elevation) * std::cos(azimuth),
                          std::cos(elevation) * std::sin(azimuth), std::sin(elevation)};
  const Vector right = {std::sin(azimuth), -std::cos(azimuth), 0};
  const Vector up = Cross(right, forward);
  CameraPose camera;
  camera.fovy_deg = fovy_deg;
  for (size_t i = 0; i < 3; ++i) {
    camera.pos[i] = look_at[i] - distance * forward[i];
    camera.mat[3 * i] = right[i];
    camera.mat[3 * i + 1] = up[i];
    camera.mat[3 * i + 2] = -forward[i];
  }
  return camera;
}

}  // namespace libero
