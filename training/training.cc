#include "training/training.h"

#include "sim/base/plugin.h"

namespace libero {

const TrainingFunctions& Training() {
  static const TrainingFunctions* const functions = LoadPluginFunctions<TrainingFunctions>(
      NetworkPlugin("libero_training"), kTrainingEntryName, kTrainingBuild);
  return *functions;
}

}  // namespace libero
