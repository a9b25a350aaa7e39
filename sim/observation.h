#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace libero {

// What an environment is told to do for one control step (50 ms): for OSC_POSE the hand's
// displacement (3, of 0.05 m) and rotation (3, axis-angle, of 0.5 rad) in the world frame, each in
// [-1, 1], and the gripper's direction (-1 opens, 1 closes, 0 holds).
using Action = std::array<double, 7>;

// A picture of 8-bit RGB. Row 0 is the BOTTOM row, as OpenGL stores pictures and as LIBERO's
// observations and datasets hold them: looked at as they are, they stand upside down. Policies
// trained on data in the RLDS form turn them by 180°, which mirrors them too; files for people are
// written with the rows in reverse.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // (height, width, 3)
};

// What the centre of each pixel sees; rows as in Image.
struct GeometryImage {
  int width = 0;
  int height = 0;
  std::vector<float> depth;          // (height, width) m along the camera's axis; far plane: nothing
  std::vector<int32_t> object_type;  // (height, width) mjtObj: a geom or a site; -1: nothing
  std::vector<int32_t> object_id;    // (height, width) its id in the model; -1: nothing
};

// A camera of the scene ("agentview", "robot0_eye_in_hand", ...) and the size of its frames.
struct FrameSpec {
  std::string camera;
  int width = 256;
  int height = 256;

  bool operator==(const FrameSpec&) const = default;
};

// An object that is not a fixture, as the Python stack observes it: `<name>_pos` and so on.
struct ObjectObservation {
  std::string name;
  std::array<double, 3> pos{};              // of its root body, world frame, m
  std::array<double, 4> quat_xyzw{};        // world frame
  std::array<double, 3> to_eef_pos{};       // in the hand's frame, m
  std::array<float, 4> to_eef_quat_xyzw{};  // in the hand's frame
};

// What the Python stack tells about an instant, without pictures. Positions of joints are those
// AFTER the sampled substep's integration; all else in space comes from the kinematics computed
// BEFORE it. See Env::observation for which substep that is.
struct Observation {
  std::array<double, 7> joint_pos{};       // rad
  std::array<double, 7> joint_vel{};       // rad/s
  std::array<double, 3> eef_pos{};         // of the grip site, world frame, m
  std::array<double, 4> eef_quat_xyzw{};   // of the hand's body (not of the site), world frame
  std::array<double, 2> gripper_qpos{};    // of the two fingers, m
  std::array<double, 2> gripper_qvel{};    // m/s
  std::vector<ObjectObservation> objects;  // in the problem's order
};

}  // namespace libero
