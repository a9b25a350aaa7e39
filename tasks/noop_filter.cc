#include "tasks/noop_filter.h"

#include <cmath>

namespace libero {

bool NoopFilter::Keep(const Action& action) {
  constexpr double kLeastMotion = 1e-4;
  double sum = 0;
  for (size_t i = 0; i < 6; ++i) sum += action[i] * action[i];
  const bool is_still = std::sqrt(sum) < kLeastMotion;
  if (is_still && (!gripper_ || *gripper_ == action[6])) return false;
  gripper_ = action[6];
  return true;
}

}  // namespace libero
