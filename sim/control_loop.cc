#include "sim/control_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/suggest.h"

namespace libero {

std::string_view Name(StepMode mode) {
  return mode == StepMode::kReference ? "reference" : "fast";
}

StepMode FindStepMode(std::string_view name) {
  for (const StepMode mode : {StepMode::kReference, StepMode::kFast}) {
    if (name == Name(mode)) return mode;
  }
  throw Error(fmt::format("unknown mode '{}': expected reference or fast", name),
              std::string(DidYouMean(name, std::vector<std::string>{"reference", "fast"})));
}

ControlLoop::ControlLoop(World& world, OscKind kind, StepMode mode)
    : ids_(FindPanda(world.model())),
      mode_(mode),
      controller_(ids_, kind, mode == StepMode::kFast ? OscInverse::kLu : OscInverse::kPseudo) {
  if (mode_ == StepMode::kFast) world.UseSparseSolver();
}

void ControlLoop::Reset(const World& world) {
  controller_.Reset(world.model(), world.data());
  gripper_command_ = {};
  clock_.Reset();
}

void ControlLoop::Sample(const World& world, Snapshot& snapshot) {
  clock_.Force();
  TakeSnapshot(world, snapshot);
}

void ControlLoop::Step(World& world, const Action& action, Snapshot& snapshot,
                       const SubstepListener& around_substep) {
  for (int i = 0; i < kSubsteps; ++i) {
    if (around_substep) around_substep(i);
    Substep(world, action, i == 0);
    if (clock_.Tick()) TakeSnapshot(world, snapshot);
  }
  if (around_substep) around_substep(kSubsteps);
}

void ControlLoop::Substep(World& world, const Action& action, bool is_first) {
  const mjModel& m = world.model();
  mjData& d = world.data();
  if (mode_ == StepMode::kReference) {
    mj_checkPos(&m, &d);
    mj_checkVel(&m, &d);
    mj_forward(&m, &d);
    // the stack's controller asks for all this again, unless it has just been reset
    if (!controller_.is_current()) mj_fwdConstraint(&m, &d);
  } else {
    mj_step1(&m, &d);
  }
  if (is_first) controller_.SetGoal(m, d, action);
  const std::array<double, 7> torques = controller_.Torques(m, d);
  DriveGripper(world, action[6]);
  for (size_t i = 0; i < torques.size(); ++i) d.ctrl[ids_.actuators[i]] = torques[i];
  mj_step2(&m, &d);
}

// source: robosuite@1.4.0:robots/manipulator.py:18, models/grippers/panda_gripper.py:51
void ControlLoop::DriveGripper(World& world, double direction) {
  constexpr double kSpeed = 0.01;  // of the command, a substep
  const double sign = direction > 0 ? 1.0 : (direction < 0 ? -1.0 : 0.0);
  constexpr std::array kClosing = {-1.0, 1.0};
  for (size_t i = 0; i < 2; ++i) {
    double& command = gripper_command_[i];
    command = std::clamp(command + kClosing[i] * kSpeed * sign, -1.0, 1.0);
    const double* range =
        world.model().actuator_ctrlrange + 2 * static_cast<ptrdiff_t>(ids_.finger_actuators[i]);
    const double bias = 0.5 * (range[1] + range[0]);
    const double weight = 0.5 * (range[1] - range[0]);
    world.data().ctrl[ids_.finger_actuators[i]] = bias + weight * command;
  }
}

}  // namespace libero
