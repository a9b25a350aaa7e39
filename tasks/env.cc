#include "tasks/env.h"

#include <algorithm>

#include "tasks/workspace.h"

namespace libero {

TaskSetup LoadTaskSetup(const Task& task, SceneStore& store) {
  Problem problem = LoadProblem(task.bddl_path);
  std::shared_ptr<const Scene> scene = store.Get(MakeSceneSpec(problem));
  InitStates init_states = LoadInitStates(task.init_states_path.string());
  CheckFits(init_states, scene->model->nq, scene->model->nv, task.name);
  return {task, std::move(problem), std::move(scene), std::move(init_states)};
}

Env::Env(const TaskSetup& setup, uint32_t seed)
    : setup_(&setup),
      world_(*setup.scene->model),
      sampler_(setup.problem, *setup.scene->model, setup.scene->objects, seed),
      goal_(setup.problem, setup.problem.goal, setup.scene->objects, *setup.scene->model),
      visual_state_(setup.problem, setup.scene->objects, *setup.scene->model) {
  Reset(1);
}

void Env::Reset(int index) {
  reset_state_ = &sampler_.Sample(index);
  world_.Reset();
  visual_state_.Reset(world_);
  for (const FixturePose& fixture : reset_state_->fixtures) {
    world_.SetBodyPose(fixture.body_id, fixture.pos, fixture.quat);
  }
  std::ranges::copy(reset_state_->qpos, world_.data().qpos);
  world_.Forward();
}

void Env::SetInitState(int index) {
  world_.SetState(setup_->init_states.state(index));
  world_.Forward();
  visual_state_.Update(world_);
}

}  // namespace libero
