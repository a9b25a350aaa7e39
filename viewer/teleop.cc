#include "viewer/teleop.h"

#include <algorithm>

#include <imgui.h>

#include "viewer/glfw_library.h"

namespace libero {
namespace {

struct SteeringKey {
  int key;
  size_t number;  // of the action
  double value;
};

constexpr double kTurn = 0.3;  // of 0.5 rad a step

constexpr SteeringKey kSteering[] = {
    {GLFW_KEY_W, 0, 0.6},    {GLFW_KEY_S, 0, -0.6},  {GLFW_KEY_A, 1, 0.6},
    {GLFW_KEY_D, 1, -0.6},   {GLFW_KEY_Q, 2, 0.6},   {GLFW_KEY_E, 2, -0.6},
    {GLFW_KEY_J, 3, -kTurn}, {GLFW_KEY_L, 3, kTurn}, {GLFW_KEY_I, 4, kTurn},
    {GLFW_KEY_K, 4, -kTurn}, {GLFW_KEY_U, 5, kTurn}, {GLFW_KEY_O, 5, -kTurn}};

}  // namespace

void TeleopPolicy::BeginEpisode(int /*slot*/, const EpisodeSpec& /*episode*/, const Env& /*env*/) {}

void TeleopPolicy::Act(std::span<const PolicyInput> /*inputs*/, std::span<Action> actions) {
  std::ranges::fill(actions, input_->Get());
}

Action TeleopKeys::Read() {
  Action action{};
  const bool is_typing = ImGui::GetIO().WantTextInput;
  if (!is_typing && ImGui::IsKeyPressed(GLFW_KEY_G, false)) is_closed_ = !is_closed_;
  action[6] = is_closed_ ? 1 : -1;
  if (is_typing || ImGui::GetIO().KeyCtrl) return action;
  const double speed = ImGui::GetIO().KeyShift ? 0.5 : 1;
  for (const SteeringKey& key : kSteering) {
    if (ImGui::IsKeyDown(key.key)) action[key.number] += speed * key.value;
  }
  return action;
}

}  // namespace libero
