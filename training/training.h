#pragma once

#include <iosfwd>

#include "training/train_options.h"

// Training, in a shared object of its own as it needs LibTorch: see policy/networks.h.
namespace libero {

// Runs a stage, see TrainOptions: what comes of it is in OUT/checkpoint, a checkpoint folder.
//   config.json, manifest.json, metrics.jsonl, DONE; state/ while it is not done
// An interrupted or killed run is continued by the same command, and comes to the same weights.
// Progress goes to `log`. Returns 0, or 130 if it was interrupted before its last step. Throws
// Error for bad options, before anything is written, and for what goes wrong later.
int RunTrainCommand(const TrainOptions& options, std::ostream& log);

// The functions of the plug-in.
struct TrainingFunctions {
  const char* build;  // as in the program: kTrainingBuild
  decltype(RunTrainCommand)* train;
};

inline constexpr const char* kTrainingEntryName = "LiberoTraining";
inline constexpr const char* kTrainingBuild = "libero training 1";

// Loads lib/libero_training.so beside the program, at the first call; thread-safe. Throws Error as
// LoadPlugin does.
[[nodiscard]] const TrainingFunctions& Training();

}  // namespace libero
