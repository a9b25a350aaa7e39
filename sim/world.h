#pragma once

#include <span>
#include <vector>

#include <mujoco/mujoco.h>

#include "sim/model.h"

namespace libero {

// All that decides how a world goes on, to come back to an instant.
struct WorldState {
  std::vector<double> integration;  // mjSTATE_INTEGRATION: state, controls, forces, warm start
  std::vector<double> body_pos;     // (nbody, 3)
  std::vector<double> body_quat;    // (nbody, 4)
  std::vector<float> site_rgba;     // (nsite, 4)
};

// One simulated world: an mjData and the few model arrays that differ between worlds of one scene
// (poses of fixtures, colours of sites). It computes no sensors: nothing reads them. Everything
// else of the model, meshes and textures above all, is the shared one's memory, which must outlive
// the world. Not thread-safe; different worlds may be used by different threads.
class World {
 public:
  // Starts in the model's reference state, with derived quantities computed. Throws Error if memory
  // runs out.
  explicit World(const mjModel& shared);

  // May be given to any mj_ function that takes a const model; never to mj_copyModel or
  // mj_deleteModel.
  // Made to be stepped: sensors are off, and of bounding volumes it has those of bodies alone.
  [[nodiscard]] const mjModel& model() const { return model_; }

  // The model as it was compiled, but with this world's poses and colours, of which it uses the
  // memory: to save it or to step it as MuJoCo would. The same restrictions as model().
  [[nodiscard]] mjModel CompiledModel() const;

  [[nodiscard]] const mjData& data() const { return *data_; }
  [[nodiscard]] mjData& data() { return *data_; }

  // Has contacts solved with sparse matrices, which is 10–25 % faster in these scenes. States then
  // differ in their last bits from those of the same model elsewhere.
  void UseSparseSolver() { model_.opt.jacobian = mjJAC_SPARSE; }

  // Back to the reference state and to the shared model's poses and colours. Derived quantities are
  // stale until Forward().
  void Reset();

  // Pose of a body in its parent's frame: position in m, quaternion wxyz as given, not normalised.
  // Derived quantities are stale until Forward().
  void SetBodyPose(int body_id, std::span<const double, 3> pos, std::span<const double, 4> quat);

  // Colour of a site, RGBA in [0, 1].
  [[nodiscard]] std::span<float, 4> site_rgba(int site_id);

  // Sets time (s), qpos and qvel from (1 + nq + nv) numbers, as published init states hold them;
  // throws Error if the size differs. Leaves controls, warm start and the rest as they are. Derived
  // quantities are stale until Forward().
  void SetState(std::span<const double> state);

  // The same numbers of the current state.
  [[nodiscard]] std::vector<double> State() const;

  // Everything about the world as it is now.
  [[nodiscard]] WorldState Save() const;

  // Puts the world into the state that one of the same model was in (CHECK that sizes fit), and
  // computes everything that depends on it.
  void Restore(const WorldState& state);

  // Computes everything that depends on the state (mj_forward).
  void Forward();

 private:
  const mjModel* shared_;
  mjModel model_;  // the shared one's struct, pointing at the arrays below
  std::vector<double> body_pos_;
  std::vector<double> body_quat_;
  std::vector<float> site_rgba_;
  MjDataPtr data_;
};

}  // namespace libero
