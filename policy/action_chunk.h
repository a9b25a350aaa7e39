#pragma once

#include <array>
#include <vector>

namespace libero {

// An action as networks see it: the first six numbers mapped from the dataset's 1st to 99th
// percentiles to [-1, 1] (see action_statistics.h), the gripper as gripper.h says.
using NetworkAction = std::array<float, 7>;

// A model's plan: its actions for this step and the ones that follow, 12 in UniVLA.
using ActionChunk = std::vector<NetworkAction>;

}  // namespace libero
