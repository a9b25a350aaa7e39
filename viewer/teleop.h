#pragma once

#include <mutex>
#include <string>

#include "tasks/policy.h"

namespace libero {

// What somebody at the keyboard wants the robot to do. Written by the window's thread, read by a
// policy's.
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

// Reads the keys that steer from ImGui's io: W S A D Q E move, I K J L U O turn, half as fast with
// Shift; G opens and closes the gripper. Directions are those of the robot's base: forward is away
// from it.
class TeleopKeys {
 public:
  [[nodiscard]] Action Read();
  [[nodiscard]] bool is_closed() const { return is_closed_; }

 private:
  bool is_closed_ = false;
};

}  // namespace libero
