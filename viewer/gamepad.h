#pragma once

#include <array>

namespace libero {

// What a gamepad's sticks and buttons are at, in the order of GLFW's standard gamepad: see
// GLFW_GAMEPAD_AXIS_* and GLFW_GAMEPAD_BUTTON_*. Sticks are in [-1, 1], right and down being
// positive; triggers go from −1 to 1.
struct Gamepad {
  std::array<float, 6> axes = {0, 0, 0, 0, -1, -1};
  std::array<bool, 15> buttons{};
};

}  // namespace libero
