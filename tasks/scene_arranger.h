#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/base/counter_random.h"
#include "tasks/demo_file.h"
#include "tasks/env.h"

namespace libero {

// Makes states of a task's scene that no demonstration came through and that look like those of
// demonstrations: the objects lie as a reset leaves them, and the arm stands as at some time in
// some demonstration. What the demonstration had moved by then, and what is part of a fixture, is
// where it was there, so that a held bowl is in the hand. So the objects' places and the arm's
// posture have nothing to do with one another: from pictures of these states it can be learnt where
// things are, and not only where they usually are.
class SceneArranger {
 public:
  // `demos` are of the task and have states (CHECK); `setup` must outlive this object. The resets
  // are those of `seed`, of which evaluations use 0.
  SceneArranger(const TaskSetup& setup, std::vector<Demo> demos, uint32_t seed);

  // `count` states (1 + nq + nv, velocities 0) in which the objects lie as after the `index`-th
  // reset (from 0) and the settle steps. They depend on the arguments and on what the object was
  // made with alone.
  [[nodiscard]] std::vector<std::vector<double>> Arrange(int index, int count);

  // The environment, as the last reset left it, to set the states in.
  [[nodiscard]] Env& env() { return env_; }

 private:
  std::vector<double> MakeState(std::span<const double> settled, CounterRandom& random) const;

  std::vector<Demo> demos_;
  Env env_;
  std::string name_;  // of the random stream
};

}  // namespace libero
