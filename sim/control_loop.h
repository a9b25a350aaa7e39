#pragma once

#include <array>
#include <functional>
#include <string_view>

#include "sim/observation_clock.h"
#include "sim/osc_controller.h"
#include "sim/panda_ids.h"
#include "sim/snapshot.h"
#include "sim/world.h"

namespace libero {

// How a substep of physics is computed. The Python stack computes everything three times a substep:
// before its controller, once more in it, and in mj_step; what counts is that contacts are solved
// each time, starting from the last solution.
enum class StepMode {
  // mj_forward, mj_fwdConstraint, control, mj_step2: bit by bit the states of the Python stack.
  kReference,
  // mj_step1, control, mj_step2, with sparse matrices for contacts and LU decomposition for
  // torques:
  // contacts are solved once, so that the solver starts from another guess. States differ by some
  // 1e-6 after 200 control steps, by more where
  // contacts are chaotic.
  kFast,
};

// "reference", "fast".
[[nodiscard]] std::string_view Name(StepMode mode);
// Throws Error for other names.
[[nodiscard]] StepMode FindStepMode(std::string_view name);

// Looks on at the substeps of a control step, e.g. to show them, or pushes bodies before each.
using SubstepListener = std::function<void(int num_done)>;

// Steps a world by actions as robosuite does: 25 substeps of 2 ms a control step, the arm under
// operational-space control, the fingers driven towards open or closed at a fixed rate.
// source: robosuite@1.4.0:environments/base.py:361, robots/single_arm.py:214
class ControlLoop {
 public:
  static constexpr int kSubsteps = 25;

  // For `world` and no other. Throws Error if its model has no Panda.
  ControlLoop(World& world, OscKind kind, StepMode mode);

  // Takes posture and goal from the world, which must have its arm where a reset puts it and
  // kinematics computed; the gripper's command is halfway, no observation has been sampled.
  void Reset(const World& world);

  // Samples at once, as after a reset or a set state.
  void Sample(const World& world, Snapshot& snapshot);

  // One control step; all numbers of `action` must be finite. Fills `snapshot` after the substep
  // that the Python stack samples at. `around_substep`, if not empty, is called before each substep
  // with its number, 0..24, and with 25 after the last.
  void Step(World& world, const Action& action, Snapshot& snapshot,
            const SubstepListener& around_substep = {});

 private:
  void Substep(World& world, const Action& action, bool is_first);
  void DriveGripper(World& world, double direction);

  PandaIds ids_;
  StepMode mode_;
  OscController controller_;
  std::array<double, 2> gripper_command_{};  // of the fingers, in [-1, 1]
  ObservationClock clock_;
};

}  // namespace libero
