#pragma once

#include <iosfwd>

#include "policy/checkpoint/action_models.h"
#include "policy/checkpoint/commands.h"
#include "policy/checkpoint/torch_facts.h"
#include "policy/shared_store.h"

// What the program needs LibTorch for, as functions of a shared object that is loaded when one of
// them is first wanted: LibTorch takes 0.3 s and 450 MB of address space to load.
namespace libero {

// The functions of the plug-in, and of which build it is.
struct NetworkFunctions {
  const char* build;  // as in the program: kNetworkBuild
  decltype(RunConvertCommand)* convert;
  decltype(RunInspectCheckpointCommand)* inspect;
  decltype(LoadActionModel)* load_action_model;
  decltype(MakeRandomActionModel)* make_random_action_model;
  decltype(FindTorchFacts)* torch_facts;
  decltype(OpenSharedStore)* open_shared_store;
};

// The plug-in's one exported symbol, a function that returns the struct.
inline constexpr const char* kNetworkEntryName = "LiberoNetworks";

// Changes whenever something that crosses the border changes.
inline constexpr const char* kNetworkBuild = "libero networks 4";

// Loads lib/libero_networks.so beside the program, at the first call; thread-safe. Throws Error if
// it is not there (an exported folder has none), LibTorch is missing, or it is of another build.
[[nodiscard]] const NetworkFunctions& Networks();

}  // namespace libero
