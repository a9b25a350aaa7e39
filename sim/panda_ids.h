#pragma once

#include <array>

#include <mujoco/mujoco.h>

namespace libero {

// Where the robot's parts are in a compiled scene.
struct PandaIds {
  std::array<int, 7> qpos{};              // addresses of the arm's joints in qpos
  std::array<int, 7> dofs{};              // and in qvel: 7 in a row
  std::array<int, 7> actuators{};         // torque motors, N·m
  std::array<int, 2> finger_qpos{};       // left and right
  std::array<int, 2> finger_dofs{};       //
  std::array<int, 2> finger_actuators{};  // position servos, m
  int grip_site = 0;                      // between the finger tips: what the controller moves
  int hand_body = 0;                      // whose orientation is observed
};

// Throws Error if the model has no Panda named as LoadPanda names it.
[[nodiscard]] PandaIds FindPanda(const mjModel& model);

}  // namespace libero
