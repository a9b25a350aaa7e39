#include "sim/snapshot_scene.h"

#include <algorithm>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr int kMaxGeoms = 1000;           // as robosuite's scenes; what is beyond is not drawn
constexpr int64_t kArenaBytes = 1 << 20;  // of an mjData in which nothing is computed

template <typename T>
void Copy(const std::vector<T>& values, T* to, int num_rows, int num_columns) {
  LIBERO_CHECK(values.size() == static_cast<size_t>(num_rows) * static_cast<size_t>(num_columns));
  std::ranges::copy(values, to);
}

}  // namespace

SnapshotScene::SnapshotScene(const mjModel& model)
    : model_(model),
      site_rgba_(model.site_rgba, model.site_rgba + 4 * static_cast<ptrdiff_t>(model.nsite)) {
  model_.site_rgba = site_rgba_.data();
  model_.narena = kArenaBytes;
  data_.reset(mj_makeData(&model_));
  if (data_ == nullptr) throw Error("no memory for a renderer");
  mjv_defaultScene(&scene_);
  mjv_makeScene(&model_, &scene_, kMaxGeoms);
}

SnapshotScene::~SnapshotScene() {
  mjv_freeScene(&scene_);
}

void SnapshotScene::CopyPoses(const Snapshot& snapshot) {
  Copy(snapshot.geom_xpos, data_->geom_xpos, model_.ngeom, 3);
  Copy(snapshot.geom_xmat, data_->geom_xmat, model_.ngeom, 9);
  Copy(snapshot.site_xpos, data_->site_xpos, model_.nsite, 3);
  Copy(snapshot.site_xmat, data_->site_xmat, model_.nsite, 9);
  Copy(snapshot.cam_xpos, data_->cam_xpos, model_.ncam, 3);
  Copy(snapshot.cam_xmat, data_->cam_xmat, model_.ncam, 9);
  Copy(snapshot.light_xpos, data_->light_xpos, model_.nlight, 3);
  Copy(snapshot.light_xdir, data_->light_xdir, model_.nlight, 3);
  Copy(snapshot.site_rgba, site_rgba_.data(), model_.nsite, 4);
}

mjvScene& SnapshotScene::Update(const Snapshot& snapshot, int camera_id) {
  LIBERO_CHECK(camera_id >= 0 && camera_id < model_.ncam);
  CopyPoses(snapshot);
  mjvOption options;
  mjv_defaultOption(&options);
  options.geomgroup[0] = 0;  // collision geoms
  options.geomgroup[1] = 1;  // visible geoms
  mjvCamera camera;
  mjv_defaultCamera(&camera);
  camera.type = mjCAMERA_FIXED;
  camera.fixedcamid = camera_id;
  mjv_updateScene(&model_, data_.get(), &options, nullptr, &camera, mjCAT_ALL, &scene_);
  return scene_;
}

}  // namespace libero
