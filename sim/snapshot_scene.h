#pragma once

#include <memory>
#include <vector>

#include "sim/model.h"
#include "sim/snapshot.h"

namespace libero {

// Turns snapshots of a model's worlds to what MuJoCo's visualiser makes of them: the list of geoms
// and sites to draw, lights and camera, with the options that robosuite sets. Skins, flexes and
// tendons, of which LIBERO has none, are not in it. For one thread at a time.
// source: robosuite@1.4.0:robosuite/utils/binding_utils.py (MjRenderContext)
class SnapshotScene {
 public:
  // The model must outlive it. Throws Error if memory runs out.
  explicit SnapshotScene(const mjModel& model);
  ~SnapshotScene();
  SnapshotScene(const SnapshotScene&) = delete;
  SnapshotScene& operator=(const SnapshotScene&) = delete;

  // The scene of this instant as camera `camera_id` sees it: visible geoms (group 1 and up) without
  // collision geoms (group 0). Valid, and the caller's to change, until the next call. The
  // snapshot must be of a world of the model. Takes 20 µs.
  mjvScene& Update(const Snapshot& snapshot, int camera_id);

  // The model with sites' colours of its own.
  [[nodiscard]] const mjModel& model() const { return model_; }

 private:
  void CopyPoses(const Snapshot& snapshot);

  mjModel model_;  // the shared one's struct, pointing at the array below
  std::vector<float> site_rgba_;
  MjDataPtr data_;  // only poses are ever set
  mjvScene scene_{};
};

}  // namespace libero
