#pragma once

#include "sim/base/counter_random.h"
#include "tasks/experts/box.h"

namespace libero {

// Each number uniform in [-reach, reach).
inline Eigen::Vector3d RandomVector(CounterRandom& random, double reach) {
  const double x = random.Uniform(-reach, reach);
  const double y = random.Uniform(-reach, reach);
  const double z = random.Uniform(-reach, reach);
  return {x, y, z};
}

inline Eigen::Matrix3d RandomRotation(CounterRandom& random, double largest_angle) {
  const Eigen::Vector3d axis = RandomVector(random, 1).normalized();
  return Eigen::AngleAxisd(random.Uniform(0, largest_angle), axis).toRotationMatrix();
}

// A box of 2 to 20 cm whose centre is that far from the origin at most, in each direction.
inline Box RandomBox(CounterRandom& random, double reach) {
  Box box;
  box.pose.p = RandomVector(random, reach);
  box.pose.R = RandomRotation(random, 3.14);
  for (int i = 0; i < 3; ++i) box.half[i] = random.Uniform(0.01, 0.1);
  return box;
}

}  // namespace libero
