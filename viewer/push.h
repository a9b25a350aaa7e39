#pragma once

#include <array>

#include <mujoco/mujoco.h>

namespace libero {

// A spring from a point of a body to a point in the world.
struct Push {
  int body = 0;
  std::array<double, 3> local{};   // where it holds the body, in the body's frame, m
  std::array<double, 3> target{};  // world frame, m
};

// Applies the spring's force to the body (xfrc_applied) for the substep that comes: critically
// damped, as strong as it takes to move the body's mass in about a tenth of a second.
void ApplyPush(const mjModel& model, mjData& data, const Push& push);

// Takes all such forces away.
void ClearPushes(const mjModel& model, mjData& data);

}  // namespace libero
