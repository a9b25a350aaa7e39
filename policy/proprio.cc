#include "policy/proprio.h"

#include <algorithm>

#include "sim/rotation.h"

namespace libero {

Proprio ProprioOf(const Observation& observation) {
  Proprio proprio{};
  auto next = std::ranges::copy(observation.eef_pos, proprio.begin()).out;
  next = std::ranges::copy(AxisAngle(observation.eef_quat_xyzw), next).out;
  std::ranges::copy(observation.gripper_qpos, next);
  return proprio;
}

NetworkProprio NormalizeProprio(const Proprio& proprio,
                                const ColumnStatistics<kProprioDim>& statistics) {
  NetworkProprio network{};
  for (size_t i = 0; i < kProprioDim; ++i) {
    network[i] = static_cast<float>(ScaleToRange(proprio[i], i, statistics));
  }
  return network;
}

}  // namespace libero
