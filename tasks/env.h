#pragma once

#include <cstdint>
#include <memory>

#include "sim/scene_store.h"
#include "sim/world.h"
#include "tasks/bddl/problem.h"
#include "tasks/init_states.h"
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

// One environment of a task: a world, and where its things stand at each reset. `setup` must
// outlive it. Not thread-safe; different environments may run in different threads.
class Env {
 public:
  Env(const TaskSetup& setup, uint32_t seed);

  // Puts the world into the state after the `index`-th (from 1) reset that the Python stack makes
  // from this seed: joints, objects, fixtures, and which sites show. About 1 ms.
  void Reset(int index);

  // Sets time, qpos and qvel to a published init state; fixtures stay where the last reset put
  // them. Throws Error if there is no such state.
  void SetInitState(int index);

  // Whether the task's goal holds.
  [[nodiscard]] bool Solved() const { return goal_.AllHold(world_); }

  [[nodiscard]] const TaskSetup& setup() const { return *setup_; }
  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] const ResetState& reset_state() const { return *reset_state_; }

 private:
  const TaskSetup* setup_;
  World world_;
  ResetSampler sampler_;
  PredicateChecker goal_;
  VisualState visual_state_;
  const ResetState* reset_state_ = nullptr;  // in sampler_
};

}  // namespace libero
