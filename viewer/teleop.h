#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "tasks/policy.h"
#include "viewer/gamepad.h"

namespace libero {

// What somebody at the keyboard or a gamepad wants the robot to do. Written by the window's thread,
// read by a policy's.
class TeleopInput {
 public:
  void Set(const Action& action) {
    const std::lock_guard lock(mutex_);
    action_ = action;
  }
  [[nodiscard]] Action Get() const {
    const std::lock_guard lock(mutex_);
    return action_;
  }

 private:
  mutable std::mutex mutex_;
  Action action_ = {0, 0, 0, 0, 0, 0, -1};
};

// The name of the policy that is the keyboard.
inline constexpr const char* kKeyboardPolicy = "keyboard";

// Does at each step what is wanted at that moment.
class TeleopPolicy : public Policy {
 public:
  // `input` must outlive it.
  explicit TeleopPolicy(const TeleopInput& input) : input_(&input) {}
  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) override;
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override;
  [[nodiscard]] std::string description() const override { return kKeyboardPolicy; }

 private:
  const TeleopInput* input_;
};

// Reads what steers. Keys, from ImGui's io: W S A D Q E move, I K J L U O turn, half as fast with
// Shift; G opens and closes the gripper. A gamepad: the left stick moves ahead and aside, the right
// one up and down and turns about the vertical, the cross tilts, half as fast with the left
// trigger; A opens and closes the gripper, Start plays and pauses. Directions are those of the
// robot's base: forward is away from it.
class TeleopControls {
 public:
  // Once a frame; `gamepad` if one is connected.
  [[nodiscard]] Action Read(const std::optional<Gamepad>& gamepad);

  // Whether the gamepad's Start went down by the last Read.
  [[nodiscard]] bool wants_to_toggle_play() const { return wants_to_toggle_play_; }

 private:
  void ReadKeys(Action& action);
  void ReadGamepad(const Gamepad& gamepad, Action& action);

  bool is_closed_ = false;  // the gripper
  bool wants_to_toggle_play_ = false;
  Gamepad last_;  // of the last Read
};

}  // namespace libero
