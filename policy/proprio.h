#pragma once

#include <array>

#include "policy/action_statistics.h"
#include "sim/observation.h"

namespace libero {

// What a robot knows of itself without looking, as files of demonstrations hold it in
// "obs/ee_states" and "obs/gripper_states": the hand's position (3, m) and orientation (3,
// axis-angle, rad), both in the world frame, and the fingers' positions (2, m).
inline constexpr size_t kProprioDim = 8;
using Proprio = std::array<double, kProprioDim>;
using NetworkProprio = std::array<float, kProprioDim>;  // as a network is told it, in -1 … 1

[[nodiscard]] Proprio ProprioOf(const Observation& observation);

// Scales each number as ScaleToRange does.
// source: openvla-oft:experiments/robot/openvla_utils.py (normalize_proprio, BOUNDS_Q99)
[[nodiscard]] NetworkProprio NormalizeProprio(const Proprio& proprio,
                                              const ColumnStatistics<kProprioDim>& statistics);

}  // namespace libero
