#include "sim/snapshot.h"

namespace libero {
namespace {

template <typename T>
void Copy(const T* values, int num_rows, int num_columns, std::vector<T>& copy) {
  copy.assign(values, values + static_cast<ptrdiff_t>(num_rows) * num_columns);
}

}  // namespace

void TakeSnapshot(const World& world, Snapshot& snapshot) {
  const mjModel& m = world.model();
  const mjData& d = world.data();
  Copy(d.qpos, m.nq, 1, snapshot.qpos);
  Copy(d.qvel, m.nv, 1, snapshot.qvel);
  Copy(d.xpos, m.nbody, 3, snapshot.xpos);
  Copy(d.xquat, m.nbody, 4, snapshot.xquat);
  Copy(d.geom_xpos, m.ngeom, 3, snapshot.geom_xpos);
  Copy(d.geom_xmat, m.ngeom, 9, snapshot.geom_xmat);
  Copy(d.site_xpos, m.nsite, 3, snapshot.site_xpos);
  Copy(d.site_xmat, m.nsite, 9, snapshot.site_xmat);
  Copy(d.cam_xpos, m.ncam, 3, snapshot.cam_xpos);
  Copy(d.cam_xmat, m.ncam, 9, snapshot.cam_xmat);
  Copy(d.light_xpos, m.nlight, 3, snapshot.light_xpos);
  Copy(d.light_xdir, m.nlight, 3, snapshot.light_xdir);
  Copy(m.site_rgba, m.nsite, 4, snapshot.site_rgba);
}

}  // namespace libero
