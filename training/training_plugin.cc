#include "training/training.h"

// The side of the plug-in: see training/training.h.
extern "C" __attribute__((visibility("default"))) const libero::TrainingFunctions*
LiberoTraining() {  // NOLINT(readability-identifier-naming): C
  static constexpr libero::TrainingFunctions kFunctions = {
      .build = libero::kTrainingBuild,
      .train = &libero::RunTrainCommand,
  };
  return &kFunctions;
}
