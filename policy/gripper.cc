#include "policy/gripper.h"

#include <algorithm>

namespace libero {

double GripperToNetwork(double command) {
  return 1 - std::clamp(command, 0.0, 1.0);
}

double GripperToEnv(double network) {
  if (network > 0.5) return -1;
  return network < 0.5 ? 1 : 0;
}

}  // namespace libero
