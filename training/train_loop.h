#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <stop_token>

#include "training/data_parallel.h"
#include "training/stage.h"
#include "training/train_options.h"

namespace libero {

struct TrainLoopOptions {
  Recipe recipe;
  uint64_t seed = 0;
  int64_t save_every = 0;  // steps ≥ 1
  int num_workers = 1;     // threads that make batches
  int num_replicas = 1;    // threads that compute parts of a batch, each its own

  bool clips_before_backward = false;  // see Quirks

  std::filesystem::path state_folder;  // see TrainState
  std::filesystem::path metrics;       // JSON lines, appended
  std::string title;                   // "finetune", for the progress line
  bool log_is_terminal = false;
  std::stop_token stop;  // ends the loop after a step; the state is saved

  int64_t eval_every = 0;  // steps; 0: never
  // Evaluates the stage as it is after a step: numbers for the metrics, e.g. {"success_rate": 0.8}.
  std::function<std::vector<std::pair<std::string, double>>(int64_t step)> evaluate;
};

// Trains a stage, from where its state folder says it stands: the same weights come out whatever
// interruptions there were. Each step: a batch's loss in parts, gradients averaged over all
// processes, clipped, AdamW. Progress goes to `log`. Returns whether all steps have been made; if
// not, it was stopped. Throws Error if the loss is no longer a number, a worker fails, or a file
// cannot be written; the last good state is then still there.
bool TrainLoop(Stage* stage, const TrainLoopOptions& options, DataParallel* processes,
               std::ostream& log);

}  // namespace libero
