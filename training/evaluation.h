#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/process.h"

namespace libero {

// How a policy that is being trained is tried out in rollouts.
struct EvaluationRequest {
  std::filesystem::path checkpoint;  // folder
  std::string suite;
  std::vector<int> tasks;     // indices in the suite
  int num_episodes = 5;       // of each task
  std::string act;            // see ActMode
  std::string device;         // of the networks
  std::filesystem::path out;  // run folder

  // The program whose `eval` it is: this one.
  std::filesystem::path program = kThisProgram;
};

// What came of it; episodes with errors are in neither number.
struct EvaluationResult {
  int num_episodes = 0;
  int num_successes = 0;

  [[nodiscard]] double success_rate() const {
    return num_episodes == 0 ? 0 : static_cast<double>(num_successes) / num_episodes;
  }
};

// Runs `libero eval` in a process of its own, which prints what it always does, and waits for it.
// Throws Error if it cannot be started or fails.
[[nodiscard]] EvaluationResult EvaluateCheckpoint(const EvaluationRequest& request);

}  // namespace libero
