#include "sim/cpu_renderer/culling.h"

#include <cmath>

namespace libero {

Culling::Culling(const ItemView& view, double near_w, const BlockMask& mask)
    : eye_(view.eye), culls_back_faces_(!view.shows_back) {
  // an inequality between rows of (X, Y, W): row + factor·W >= 0, the row taken times sign
  const auto make = [&](int row, float sign, float factor, float offset) {
    const float* m = view.to_pixel.data() + static_cast<ptrdiff_t>(4) * row;
    const float* w = view.to_pixel.data() + 8;
    Plane plane{sign * m[0] + factor * w[0], sign * m[1] + factor * w[1],
                sign * m[2] + factor * w[2], sign * m[3] + factor * w[3] + offset};
    plane.norm = std::sqrt(plane.x * plane.x + plane.y * plane.y + plane.z * plane.z);
    return plane;
  };
  planes_[0] = make(0, 1, -static_cast<float>(kBlockSize * mask.first_column), 0);
  planes_[1] = make(0, -1, static_cast<float>(kBlockSize * mask.end_column), 0);
  planes_[2] = make(1, 1, -static_cast<float>(kBlockSize * mask.first_row), 0);
  planes_[3] = make(1, -1, static_cast<float>(kBlockSize * mask.end_row), 0);
  planes_[4] = make(2, 1, 0, -static_cast<float>(near_w));
  const auto& c = view.clip;
  planes_[5] = {c[0], c[1], c[2], c[3], std::sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2])};
  num_planes_ = view.has_clip ? 6 : 5;
}

bool Culling::HidesBox(const float min[3], const float max[3]) const {
  for (int i = 0; i < num_planes_; ++i) {
    const Plane& p = planes_[static_cast<size_t>(i)];
    const float farthest = p.x * (p.x > 0 ? max[0] : min[0]) + p.y * (p.y > 0 ? max[1] : min[1]) +
                           p.z * (p.z > 0 ? max[2] : min[2]) + p.offset;
    if (farthest < 0) return true;
  }
  return false;
}

bool Culling::Hides(const Cluster& cluster) const {
  const float* c = cluster.center;
  for (int i = 0; i < num_planes_; ++i) {
    const Plane& p = planes_[static_cast<size_t>(i)];
    if (p.x * c[0] + p.y * c[1] + p.z * c[2] + p.offset < -cluster.radius * p.norm) return true;
  }
  if (!culls_back_faces_ || cluster.cone_cutoff >= 1) return false;
  const float x = cluster.cone_apex[0] - eye_[0];
  const float y = cluster.cone_apex[1] - eye_[1];
  const float z = cluster.cone_apex[2] - eye_[2];
  const float along =
      x * cluster.cone_axis[0] + y * cluster.cone_axis[1] + z * cluster.cone_axis[2];
  // along >= cutoff·distance
  return along > 0 &&
         along * along >= cluster.cone_cutoff * cluster.cone_cutoff * (x * x + y * y + z * z);
}

}  // namespace libero
