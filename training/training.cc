#include "training/training.h"

#include "sim/base/plugin.h"

namespace libero {
namespace {

const TrainingFunctions* Load() {
  constexpr const char* kName = "libero_training";
  void* const entry = LoadPlugin(NetworkPlugin(kName), kTrainingEntryName);
  const TrainingFunctions* const functions = reinterpret_cast<TrainingEntry*>(entry)();
  CheckPluginBuild(kName, kTrainingBuild, functions->build);
  return functions;
}

}  // namespace

const TrainingFunctions& Training() {
  static const TrainingFunctions* const functions = Load();
  return *functions;
}

}  // namespace libero
