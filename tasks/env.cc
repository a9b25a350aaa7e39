#include "tasks/env.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/base/check.h"
#include "tasks/workspace.h"

namespace libero {
namespace {

void CheckFinite(const Action& action) {
  for (size_t i = 0; i < action.size(); ++i) {
    if (std::isfinite(action[i])) continue;
    throw Error(
        fmt::format("action: number {} of 0..6 is {}, expected a finite one", i, action[i]));
  }
}

}  // namespace

TaskSetup LoadTaskSetup(const Task& task, SceneStore& store) {
  Problem problem = LoadProblem(task.bddl_path);
  std::shared_ptr<const Scene> scene = store.Get(MakeSceneSpec(problem));
  InitStates init_states = LoadInitStates(task.init_states_path.string());
  CheckFits(init_states, scene->model->nq, scene->model->nv, task.name);
  return {task, std::move(problem), std::move(scene), std::move(init_states)};
}

Env::Env(const TaskSetup& setup, const EnvOptions& options)
    : setup_(&setup),
      world_(*setup.scene->model),
      sampler_(setup.problem, *setup.scene->model, setup.scene->objects, options.seed),
      goal_(setup.problem, setup.problem.goal, setup.scene->objects, *setup.scene->model),
      visual_state_(setup.problem, setup.scene->objects, *setup.scene->model),
      control_(world_, options.controller, options.mode),
      observer_(setup.scene->objects, *setup.scene->model),
      unplaced_control_(control_) {
  PrepareResets();
  Reset(1);
}

// As far as every reset goes before anything is placed: a new simulation, the arm in its posture
// and the controller made. The solver starts from its last solution, so each solution counts.
void Env::PrepareResets() {
  world_.Reset();
  world_.Forward();
  const PandaIds panda = FindPanda(world_.model());
  for (size_t i = 0; i < panda.qpos.size(); ++i) {
    world_.data().qpos[panda.qpos[i]] = kPandaInitQpos[i];
  }
  world_.Forward();
  world_.Forward();
  control_.Reset(world_);
  unplaced_control_ = control_;
  unplaced_warmstart_.assign(world_.data().qacc_warmstart,
                             world_.data().qacc_warmstart + world_.model().nv);
}

void Env::Reset(int index) {
  reset_state_ = &sampler_.Sample(index);
  reset_index_ = index;
  world_.Reset();
  visual_state_.Reset(world_);
  control_ = unplaced_control_;
  std::ranges::copy(unplaced_warmstart_, world_.data().qacc_warmstart);
  for (const FixturePose& fixture : reset_state_->fixtures) {
    world_.SetBodyPose(fixture.body_id, fixture.pos, fixture.quat);
  }
  std::ranges::copy(reset_state_->qpos, world_.data().qpos);
  world_.Forward();
  control_.Sample(world_, snapshot_);
}

void Env::SetInitState(int index) {
  SetState(setup_->init_states.state(index));
}

void Env::SetState(std::span<const double> state) {
  world_.SetState(state);
  world_.Forward();
  visual_state_.Update(world_);
  control_.Sample(world_, snapshot_);
}

void Env::Step(const Action& action, const SubstepListener& around_substep) {
  CheckFinite(action);
  control_.Step(world_, action, snapshot_, around_substep);
  visual_state_.Update(world_);
}

EnvState Env::Save() const {
  return {.reset_index = reset_index_,
          .world = world_.Save(),
          .control = control_,
          .snapshot = snapshot_};
}

void Env::Restore(const EnvState& state) {
  reset_index_ = state.reset_index;
  reset_state_ = &sampler_.Sample(state.reset_index);
  world_.Restore(state.world);
  control_ = state.control;
  snapshot_ = state.snapshot;
}

bool Env::Diverged() const {
  constexpr std::array kBadNumbers = {mjWARN_BADQPOS, mjWARN_BADQVEL, mjWARN_BADQACC};
  return std::ranges::any_of(
      kBadNumbers, [&](int warning) { return world_.data().warning[warning].number > 0; });
}

}  // namespace libero
