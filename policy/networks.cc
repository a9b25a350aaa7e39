#include "policy/networks.h"

#include "sim/base/plugin.h"

namespace libero {
namespace {

const NetworkFunctions* Load() {
  constexpr const char* kName = "libero_networks";
  void* const entry = LoadPlugin(NetworkPlugin(kName), kNetworkEntryName);
  const NetworkFunctions* const functions = reinterpret_cast<NetworkEntry*>(entry)();
  CheckPluginBuild(kName, kNetworkBuild, functions->build);
  return functions;
}

}  // namespace

const NetworkFunctions& Networks() {
  static const NetworkFunctions* const functions = Load();
  return *functions;
}

}  // namespace libero
