#include "policy/networks.h"

#include "sim/base/plugin.h"

namespace libero {

const NetworkFunctions& Networks() {
  static const NetworkFunctions* const functions = LoadPluginFunctions<NetworkFunctions>(
      NetworkPlugin("libero_networks"), kNetworkEntryName, kNetworkBuild);
  return *functions;
}

}  // namespace libero
