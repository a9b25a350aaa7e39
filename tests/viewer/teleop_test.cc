#include "viewer/teleop.h"

#include <gtest/gtest.h>

#include "viewer/glfw_library.h"
#include "viewer/gui.h"

namespace libero {
namespace {

TEST(TeleopTest, ThePolicyDoesWhatIsWantedAtThatMoment) {
  TeleopInput input;
  TeleopPolicy policy(input);
  const PolicyInput asked;
  Action action{};
  policy.Act({&asked, 1}, {&action, 1});
  EXPECT_EQ(action[6], -1) << "the gripper is open at first";
  input.Set({0.5, 0, 0, 0, 0, 0, 1});
  policy.Act({&asked, 1}, {&action, 1});
  EXPECT_EQ(action, (Action{0.5, 0, 0, 0, 0, 0, 1}));
}

// One frame of somebody who holds the gamepad so.
Action Read(TeleopControls& controls, const std::optional<Gamepad>& gamepad) {
  ImGui::NewFrame();
  const Action action = controls.Read(gamepad);
  ImGui::EndFrame();
  return action;
}

TEST(TeleopTest, AGamepadSteers) {
  const Gui gui;
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = {100, 100};
  io.Fonts->Build();
  TeleopControls controls;
  EXPECT_EQ(Read(controls, std::nullopt), (Action{0, 0, 0, 0, 0, 0, -1}));

  // the left stick ahead and a little aside, which is its rest
  Gamepad gamepad;
  gamepad.axes[GLFW_GAMEPAD_AXIS_LEFT_Y] = -1;
  gamepad.axes[GLFW_GAMEPAD_AXIS_LEFT_X] = 0.1F;
  EXPECT_EQ(Read(controls, gamepad), (Action{0.6, 0, 0, 0, 0, 0, -1}));
  gamepad.axes[GLFW_GAMEPAD_AXIS_LEFT_TRIGGER] = 1;
  EXPECT_EQ(Read(controls, gamepad), (Action{0.3, 0, 0, 0, 0, 0, -1})) << "half as fast";

  // up, turned left, tilted
  gamepad = {};
  gamepad.axes[GLFW_GAMEPAD_AXIS_RIGHT_Y] = -1;
  gamepad.axes[GLFW_GAMEPAD_AXIS_RIGHT_X] = -1;
  gamepad.buttons[GLFW_GAMEPAD_BUTTON_DPAD_UP] = true;
  EXPECT_EQ(Read(controls, gamepad), (Action{0, 0, 0.6, 0, 0.3, 0.3, -1}));

  // buttons count when they go down
  gamepad = {};
  gamepad.buttons[GLFW_GAMEPAD_BUTTON_A] = true;
  gamepad.buttons[GLFW_GAMEPAD_BUTTON_START] = true;
  EXPECT_EQ(Read(controls, gamepad)[6], 1) << "the gripper closes";
  EXPECT_TRUE(controls.wants_to_toggle_play());
  EXPECT_EQ(Read(controls, gamepad)[6], 1) << "and stays so";
  EXPECT_FALSE(controls.wants_to_toggle_play());
  (void)Read(controls, Gamepad());
  EXPECT_EQ(Read(controls, gamepad)[6], -1);
  EXPECT_EQ(Read(controls, std::nullopt)[6], -1) << "the gamepad is gone";
}

}  // namespace
}  // namespace libero
