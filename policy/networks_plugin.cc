#include "policy/networks.h"

// The side of the plug-in: see policy/networks.h.
extern "C" __attribute__((visibility("default"))) const libero::NetworkFunctions*
LiberoNetworks() {  // NOLINT(readability-identifier-naming): C
  static constexpr libero::NetworkFunctions kFunctions = {
      .build = libero::kNetworkBuild,
      .convert = &libero::RunConvertCommand,
      .inspect = &libero::RunInspectCheckpointCommand,
      .load_action_model = &libero::LoadActionModel,
      .make_random_action_model = &libero::MakeRandomActionModel,
      .torch_facts = &libero::FindTorchFacts,
      .open_shared_store = &libero::OpenSharedStore,
  };
  return &kFunctions;
}
