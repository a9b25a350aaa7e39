#pragma once

#include <optional>

#include "sim/observation.h"

namespace libero {

// Tells the actions that OpenVLA's copies of LIBERO's demonstrations leave out because nothing
// happens in them: the first six numbers are shorter than 1e-4 together (Euclidean), and the
// gripper's is that of the action that was kept last; before any was, the gripper's does not count.
// source: openvla@c8f03f4:experiments/robot/libero/regenerate_libero_dataset.py (is_noop)
class NoopFilter {
 public:
  // Whether to keep the next action of a demonstration.
  [[nodiscard]] bool Keep(const Action& action);

 private:
  std::optional<double> gripper_;  // of the action that was kept last
};

}  // namespace libero
