#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace libero {

// The options of `libero bench`: the whole job, from demonstrations to a report.
struct BenchOptions {
  std::string suite = "libero_spatial";
  std::string tasks;  // "0,3-5"; "": all
  std::string preset = "tiny";
  int num_demos = 100;                       // of each task
  int num_episodes = 20;                     // of each task, from init states 0, 1, ...
  double minutes = 30;                       // all of it, on two cores: training's part is scaled
  std::filesystem::path data;                // demonstrations that there are; "": collect some
  std::filesystem::path from;                // a pre-trained checkpoint to fine-tune; "": train all
  std::filesystem::path out = "runs/bench";  // folder, new, empty or of an interrupted run
  std::string device = "auto";
  std::optional<int> num_threads;
  uint64_t seed = 7;

  bool log_is_terminal = false;
};

// A piece of the job: a command of this program, which is skipped when it is done and continued
// when it was interrupted.
struct BenchPhase {
  std::string title;                 // "latent action model, stage 1"
  std::vector<std::string> command;  // without "libero"
  double expected_s = 0;             // on two cores of 2024
};

// The phases in their order. Throws Error for options that are out of range.
[[nodiscard]] std::vector<BenchPhase> MakeBenchPlan(const BenchOptions& options);

// The phase as a user would type it.
[[nodiscard]] std::string CommandText(const BenchPhase& phase);

}  // namespace libero
