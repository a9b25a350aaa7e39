#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "results/policy_speed.h"
#include "results/provenance.h"

namespace libero {

// The options of `libero speed --policy DIR` and `libero speed --preset NAME --random-weights`.
struct PolicySpeedCommandOptions {
  std::string policy;           // a checkpoint's folder, or
  std::string preset;           // sizes, with
  bool random_weights = false;  // which must be said: such a model does nothing useful
  std::string device = "auto";  // see ChooseDevice
  std::string quirks;           // see NetworkOptions
  int num_threads = 0;          // for networks on the CPU, and for pictures; 0: one a core
  PolicySpeedOptions speed;
  bool json = false;
  ProgramInfo program;
};

// Measures how fast a policy's networks answer, and prints the figures as a table or as one JSON
// document with everything that they depend on. Throws Error for options that make no sense, and as
// LoadActionModel and MakeRandomActionModel do.
int RunPolicySpeedCommand(const PolicySpeedCommandOptions& options, std::ostream& out);

}  // namespace libero
