#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "results/provenance.h"
#include "results/speed.h"

namespace libero {

// The options of `libero speed`.
struct SpeedCommandOptions {
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
  std::string suite = "libero_goal";
  std::string task = "0";  // see FindTask
  std::string mode = "reference";
  SpeedOptions speed;
  bool json = false;
  ProgramInfo program;
};

// Measures how fast a task's environments step, and prints the figures as a table or as one JSON
// document with everything that they depend on. Throws Error for options that make no sense.
int RunSpeedCommand(const SpeedCommandOptions& options, std::ostream& out);

}  // namespace libero
