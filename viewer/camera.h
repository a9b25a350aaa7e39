#pragma once

#include <array>
#include <optional>

#include <mujoco/mujoco.h>

#include "sim/snapshot.h"

namespace libero {

// Where a camera is and what it sees: x to the right, y up, z towards the viewer.
struct CameraPose {
  std::array<double, 3> pos{};  // world frame, m
  std::array<double, 9> mat{};  // its axes in the world frame, as columns
  double fovy_deg = 45;

  bool operator==(const CameraPose&) const = default;
};

// A point of a picture, from its top left corner; both from 0 to 1 inside.
struct PicturePoint {
  double x = 0;
  double y = 0;
};

// The pose of one of the model's cameras.
[[nodiscard]] CameraPose FixedCamera(const mjModel& model, const Snapshot& snapshot, int camera_id);

// Where a point of the world (m) is in a picture of this ratio of width to height; none behind the
// camera.
[[nodiscard]] std::optional<PicturePoint> Project(const CameraPose& camera, double aspect,
                                                  const std::array<double, 3>& point);

// The direction (length 1, world frame) in which the camera sees a point of its picture.
[[nodiscard]] std::array<double, 3> Ray(const CameraPose& camera, double aspect,
                                        const PicturePoint& point);

// A camera that looks at a point from a distance, moved as MuJoCo's viewers do: a drag with the
// left button turns, with the right one moves, the wheel goes nearer.
class FreeCamera {
 public:
  // Looks at nothing in particular.
  FreeCamera() = default;

  // Looks at the workspace in front of the robot, from the front and above.
  FreeCamera(const mjModel& model, const Snapshot& snapshot);

  // By a drag of so many heights of the picture, to the right and down.
  void Turn(double dx, double dy);
  void Move(double dx, double dy);

  // By notches of the wheel; > 0: nearer.
  void Zoom(double notches);

  [[nodiscard]] CameraPose pose(double fovy_deg) const;

  // What it looks at and from where; z up, azimuth 180° from the front, elevation < 0 from above.
  std::array<double, 3> look_at{};  // world frame, m
  double distance = 1.6;            // m
  double azimuth_deg = 205;
  double elevation_deg = -27;
};

}  // namespace libero
