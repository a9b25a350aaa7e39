#pragma once

#include <array>
#include <cstddef>

#include "sim/cpu_renderer/cluster_mesh.h"
#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/view.h"

namespace libero {

// What parts of an item's mesh can be left out without looking at triangles.
class Culling {
 public:
  // `near_w`: see View. What is seen only outside the mask's rectangle is left out too.
  Culling(const ItemView& view, double near_w, const BlockMask& mask);

  // Whether nothing in a box of the object frame can be seen.
  [[nodiscard]] bool HidesBox(const float min[3], const float max[3]) const;

  // Whether a cluster is out of the picture or faces away.
  [[nodiscard]] bool Hides(const Cluster& cluster) const;

 private:
  static constexpr int kNumPlanes = 6;  // left, right, bottom, top, near, clip
  struct Plane {
    float x = 0, y = 0, z = 0, offset = 0;  // inside: (x, y, z)·p + offset >= 0
    float norm = 0;                         // of (x, y, z)
  };
  std::array<Plane, kNumPlanes> planes_;
  int num_planes_ = kNumPlanes;
  std::array<float, 3> eye_;
  bool culls_back_faces_;
};

}  // namespace libero
