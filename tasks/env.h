#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/control_loop.h"
#include "sim/observation.h"
#include "sim/scene_store.h"
#include "sim/snapshot.h"
#include "sim/world.h"
#include "tasks/bddl/problem.h"
#include "tasks/init_states.h"
#include "tasks/observer.h"
#include "tasks/predicates.h"
#include "tasks/reset_sampler.h"
#include "tasks/suites.h"
#include "tasks/visual_state.h"

namespace libero {

// What all environments of a task share.
struct TaskSetup {
  Task task;
  Problem problem;
  std::shared_ptr<const Scene> scene;
  InitStates init_states;
};

// Reads the task's files, makes or finds its scene, and checks that the init states fit its model.
// Throws Error if anything is missing or does not fit.
TaskSetup LoadTaskSetup(const Task& task, SceneStore& store);

struct EnvOptions {
  uint32_t seed = 0;  // of the resets
  StepMode mode = StepMode::kReference;
  OscKind controller = OscKind::kPose;
};

// All that decides how an environment goes on, to come back to an instant of an episode. Some 60 KB.
struct EnvState {
  int reset_index = 1;
  WorldState world;
  ControlLoop control;
  Snapshot snapshot;
};

// One environment of a task: a world and a robot's controller in it, stepped as the Python stack
// steps them. `setup` must outlive it. Not thread-safe; different environments may run in different
// threads.
class Env {
 public:
  // Stands after the first reset.
  explicit Env(const TaskSetup& setup, const EnvOptions& options = {});

  // Puts everything into the state after the `index`-th (from 1) reset that the Python stack makes
  // from this seed: joints, objects, fixtures, which sites show, controller and solver. About 1 ms.
  void Reset(int index);

  // Sets time, qpos and qvel to a published init state; fixtures stay where the last reset put
  // them. Throws Error if there is no such state.
  void SetInitState(int index);

  // The same with any state (1 + nq + nv); throws Error if its size does not fit.
  void SetState(std::span<const double> state);

  // One control step: 25 substeps of 2 ms under the controller. Throws Error if a number of the
  // action is not finite; nothing has changed then. `around_substep`: see ControlLoop::Step.
  void Step(const Action& action, const SubstepListener& around_substep = {});

  // What the environment is in now.
  [[nodiscard]] EnvState Save() const;

  // Goes back to what an environment of the same setup and seed was in (CHECK that the sizes fit).
  // Steps from here are those that were taken from there, bit by bit; until the next one, positions
  // and contacts are those of the state and not, as after a step, of a substep before.
  void Restore(const EnvState& state);

  // Whether the task's goal holds, and its predicates one by one.
  [[nodiscard]] bool Solved() const { return goal_.AllHold(world_); }
  [[nodiscard]] const PredicateChecker& goal() const { return goal_; }

  // Whether MuJoCo found numbers that are not finite or too large since the reset.
  [[nodiscard]] bool Diverged() const;

  // What the Python stack's last observation is made of: a renderer draws its pictures from it.
  // It is sampled inside a control step, after the substep that the stack samples at: after one
  // reset and one set state, number 23 of 0..24.
  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }
  [[nodiscard]] Observation Observe() const { return observer_.Observe(snapshot_); }

  [[nodiscard]] const TaskSetup& setup() const { return *setup_; }
  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] const World& world() const { return world_; }
  [[nodiscard]] const ResetState& reset_state() const { return *reset_state_; }

 private:
  void PrepareResets();

  const TaskSetup* setup_;
  World world_;
  ResetSampler sampler_;
  PredicateChecker goal_;
  VisualState visual_state_;
  ControlLoop control_;
  Observer observer_;
  ControlLoop unplaced_control_;            // of a reset before anything is placed
  std::vector<double> unplaced_warmstart_;  // (nv) of the solver, likewise
  Snapshot snapshot_;
  const ResetState* reset_state_ = nullptr;  // in sampler_
  int reset_index_ = 1;
};

}  // namespace libero
