#include "policy/nn/step_graph.h"

#include <filesystem>
#include <string>

#include "sim/base/paths.h"
#include "sim/base/plugin.h"

namespace libero {

StepRecorder StepRecorderFor(at::Device device) {
  if (!device.is_cuda()) return {};
  const std::string name = "libero_step_graph";
  if (!std::filesystem::exists(ProgramFolder() / "lib" / (name + ".so"))) return {};
  static const auto* const functions = LoadPluginFunctions<StepGraphFunctions>(
      NetworkPlugin(name), kStepGraphEntryName, kStepGraphBuild);
  return functions->record;
}

}  // namespace libero
