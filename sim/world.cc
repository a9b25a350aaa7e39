#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

template <typename T>
std::vector<T> Copy(const T* values, int num_rows, int num_columns) {
  return {values, values + static_cast<ptrdiff_t>(num_rows) * num_columns};
}

// Nodes of the bounding-volume trees that collision tests walk, which come before those of meshes.
int NumBodyTreeNodes(const mjModel& model) {
  int num_nodes = 0;
  for (int body = 0; body < model.nbody; ++body) {
    if (model.body_bvhnum[body] == 0) continue;
    num_nodes = std::max(num_nodes, model.body_bvhadr[body] + model.body_bvhnum[body]);
  }
  return num_nodes;
}

}  // namespace

World::World(const mjModel& shared)
    : shared_(&shared),
      model_(shared),
      body_pos_(Copy(shared.body_pos, shared.nbody, 3)),
      body_quat_(Copy(shared.body_quat, shared.nbody, 4)),
      site_rgba_(Copy(shared.site_rgba, shared.nsite, 4)) {
  model_.body_pos = body_pos_.data();
  model_.body_quat = body_quat_.data();
  model_.site_rgba = site_rgba_.data();
  // for the two at the wrist MuJoCo would work out the inner forces of all bodies
  model_.opt.disableflags |= mjDSBL_SENSOR;
  data_.reset(mj_makeData(&model_));
  if (!data_) throw Error("cannot allocate a world: out of memory", "run fewer environments");
  // from here on: flags of meshes' trees are cleared at each collision test, and nothing shows them
  model_.nbvh = NumBodyTreeNodes(shared);
  Forward();
}

mjModel World::CompiledModel() const {
  mjModel model = *shared_;
  model.body_pos = model_.body_pos;
  model.body_quat = model_.body_quat;
  model.site_rgba = model_.site_rgba;
  return model;
}

void World::Reset() {
  std::copy_n(shared_->body_pos, body_pos_.size(), body_pos_.begin());
  std::copy_n(shared_->body_quat, body_quat_.size(), body_quat_.begin());
  std::copy_n(shared_->site_rgba, site_rgba_.size(), site_rgba_.begin());
  mj_resetData(&model_, data_.get());
}

void World::SetBodyPose(int body_id, std::span<const double, 3> pos,
                        std::span<const double, 4> quat) {
  LIBERO_CHECK(body_id > 0 && body_id < model_.nbody);
  std::ranges::copy(pos, body_pos_.begin() + 3 * static_cast<ptrdiff_t>(body_id));
  std::ranges::copy(quat, body_quat_.begin() + 4 * static_cast<ptrdiff_t>(body_id));
}

std::span<float, 4> World::site_rgba(int site_id) {
  LIBERO_CHECK(site_id >= 0 && site_id < model_.nsite);
  return std::span<float, 4>(site_rgba_.data() + 4 * static_cast<ptrdiff_t>(site_id), 4);
}

void World::SetState(std::span<const double> state) {
  const auto nq = static_cast<size_t>(model_.nq);
  const auto nv = static_cast<size_t>(model_.nv);
  if (state.size() != 1 + nq + nv) {
    throw Error(fmt::format("state: expected 1 + {} + {} = {} numbers (time, qpos, qvel), got {}",
                            nq, nv, 1 + nq + nv, state.size()),
                "the state belongs to another scene");
  }
  data_->time = state[0];
  std::ranges::copy(state.subspan(1, nq), data_->qpos);
  std::ranges::copy(state.subspan(1 + nq, nv), data_->qvel);
}

std::vector<double> World::State() const {
  std::vector<double> state = {data_->time};
  state.insert(state.end(), data_->qpos, data_->qpos + model_.nq);
  state.insert(state.end(), data_->qvel, data_->qvel + model_.nv);
  return state;
}

WorldState World::Save() const {
  std::vector<double> integration(
      static_cast<size_t>(mj_stateSize(&model_, mjSTATE_INTEGRATION)));
  mj_getState(&model_, data_.get(), integration.data(), mjSTATE_INTEGRATION);
  return {std::move(integration), body_pos_, body_quat_, site_rgba_};
}

void World::Restore(const WorldState& state) {
  LIBERO_CHECK(static_cast<int>(state.integration.size()) ==
                   mj_stateSize(&model_, mjSTATE_INTEGRATION) &&
               state.body_pos.size() == body_pos_.size() &&
               state.body_quat.size() == body_quat_.size() &&
               state.site_rgba.size() == site_rgba_.size());
  mj_resetData(&model_, data_.get());
  // not by assignment: the model points at these arrays
  std::ranges::copy(state.body_pos, body_pos_.begin());
  std::ranges::copy(state.body_quat, body_quat_.begin());
  std::ranges::copy(state.site_rgba, site_rgba_.begin());
  mj_setState(&model_, data_.get(), state.integration.data(), mjSTATE_INTEGRATION);
  Forward();
  // which has solved contacts, and would have the next solution start from there
  mj_setState(&model_, data_.get(), state.integration.data(), mjSTATE_INTEGRATION);
}

void World::Forward() {
  mj_forward(&model_, data_.get());
}

}  // namespace libero
