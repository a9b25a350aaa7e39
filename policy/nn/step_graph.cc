#include "policy/nn/step_graph.h"

#include <filesystem>

#include "sim/base/paths.h"
#include "sim/base/plugin.h"

namespace libero {
namespace {

constexpr const char* kName = "libero_step_graph";

const StepGraphFunctions* Load() {
  void* const entry = LoadPlugin(NetworkPlugin(kName), kStepGraphEntryName);
  const StepGraphFunctions* const functions = reinterpret_cast<StepGraphEntry*>(entry)();
  CheckPluginBuild(kName, kStepGraphBuild, functions->build);
  return functions;
}

}  // namespace

StepRecorder StepRecorderFor(at::Device device) {
  if (!device.is_cuda()) return {};
  if (!std::filesystem::exists(ProgramFolder() / "lib" / (std::string(kName) + ".so"))) return {};
  static const StepGraphFunctions* const functions = Load();
  return functions->record;
}

}  // namespace libero
