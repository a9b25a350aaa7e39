#include "viewer/teleop.h"

#include <algorithm>
#include <cmath>

#include <imgui.h>

#include "viewer/glfw_library.h"

namespace libero {
namespace {

struct SteeringKey {
  int key;
  size_t number;  // of the action
  double value;
};

constexpr double kMove = 0.6;  // of 5 cm a step
constexpr double kTurn = 0.3;  // of 0.5 rad a step

constexpr SteeringKey kSteering[] = {
    {GLFW_KEY_W, 0, kMove},  {GLFW_KEY_S, 0, -kMove}, {GLFW_KEY_A, 1, kMove},
    {GLFW_KEY_D, 1, -kMove}, {GLFW_KEY_Q, 2, kMove},  {GLFW_KEY_E, 2, -kMove},
    {GLFW_KEY_J, 3, -kTurn}, {GLFW_KEY_L, 3, kTurn},  {GLFW_KEY_I, 4, kTurn},
    {GLFW_KEY_K, 4, -kTurn}, {GLFW_KEY_U, 5, kTurn},  {GLFW_KEY_O, 5, -kTurn}};

struct SteeringStick {
  size_t axis;
  size_t number;
  double value;  // with the stick all the way right or down
};

constexpr SteeringStick kSticks[] = {{GLFW_GAMEPAD_AXIS_LEFT_Y, 0, -kMove},
                                     {GLFW_GAMEPAD_AXIS_LEFT_X, 1, -kMove},
                                     {GLFW_GAMEPAD_AXIS_RIGHT_Y, 2, -kMove},
                                     {GLFW_GAMEPAD_AXIS_RIGHT_X, 5, -kTurn}};

struct SteeringButton {
  size_t button;
  size_t number;
  double value;
};

constexpr SteeringButton kCross[] = {{GLFW_GAMEPAD_BUTTON_DPAD_LEFT, 3, -kTurn},
                                     {GLFW_GAMEPAD_BUTTON_DPAD_RIGHT, 3, kTurn},
                                     {GLFW_GAMEPAD_BUTTON_DPAD_UP, 4, kTurn},
                                     {GLFW_GAMEPAD_BUTTON_DPAD_DOWN, 4, -kTurn}};

// A stick without what it says when nobody touches it.
double WithoutRest(float value) {
  constexpr double kRest = 0.15;
  const double size = std::abs(static_cast<double>(value));
  return size < kRest ? 0 : std::copysign((size - kRest) / (1 - kRest), value);
}

}  // namespace

void TeleopPolicy::BeginEpisode(int /*slot*/, const EpisodeSpec& /*episode*/, const Env& /*env*/) {}

void TeleopPolicy::Act(std::span<const PolicyInput> /*inputs*/, std::span<Action> actions) {
  std::ranges::fill(actions, input_->Get());
}

Action TeleopControls::Read(const std::optional<Gamepad>& gamepad) {
  Action action{};
  ReadKeys(action);
  wants_to_toggle_play_ = false;
  if (gamepad) ReadGamepad(*gamepad, action);
  last_ = gamepad.value_or(Gamepad());
  for (size_t i = 0; i < 6; ++i) action[i] = std::clamp(action[i], -1.0, 1.0);
  action[6] = is_closed_ ? 1 : -1;
  return action;
}

void TeleopControls::ReadKeys(Action& action) {
  if (ImGui::GetIO().WantTextInput) return;
  if (ImGui::IsKeyPressed(GLFW_KEY_G, false)) is_closed_ = !is_closed_;
  if (ImGui::GetIO().KeyCtrl) return;
  const double speed = ImGui::GetIO().KeyShift ? 0.5 : 1;
  for (const SteeringKey& key : kSteering) {
    if (ImGui::IsKeyDown(key.key)) action[key.number] += speed * key.value;
  }
}

void TeleopControls::ReadGamepad(const Gamepad& gamepad, Action& action) {
  const auto is_pressed = [&](size_t button) {
    return gamepad.buttons[button] && !last_.buttons[button];
  };
  if (is_pressed(GLFW_GAMEPAD_BUTTON_A)) is_closed_ = !is_closed_;
  wants_to_toggle_play_ = is_pressed(GLFW_GAMEPAD_BUTTON_START);
  const double speed = gamepad.axes[GLFW_GAMEPAD_AXIS_LEFT_TRIGGER] > 0 ? 0.5 : 1;
  for (const SteeringStick& stick : kSticks) {
    action[stick.number] += speed * stick.value * WithoutRest(gamepad.axes[stick.axis]);
  }
  for (const SteeringButton& button : kCross) {
    if (gamepad.buttons[button.button]) action[button.number] += speed * button.value;
  }
}

}  // namespace libero
