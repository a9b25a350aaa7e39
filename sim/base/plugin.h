#pragma once

#include <string>

namespace libero {

// A part of the program that is loaded when it is first wanted.
struct Plugin {
  std::string name;     // lib/<name>.so beside the program
  std::string purpose;  // what it is for: "this needs <purpose>"
  std::string hint;     // what to do if it is there and cannot be loaded
};

// Opens it and finds its function `entry`. It is never closed. Throws Error if it is not there
// (exported folders have none) or cannot be loaded, e.g. because a library is missing.
[[nodiscard]] void* LoadPlugin(const Plugin& plugin, const char* entry);

// One that needs LibTorch.
[[nodiscard]] Plugin NetworkPlugin(const std::string& name);

// Throws Error unless the plug-in is of the program's build.
void CheckPluginBuild(const std::string& name, const char* expected, const char* got);

// What its function `entry` returns: a struct of functions, with the plug-in's `build` beside them.
// Throws Error as LoadPlugin does, and if it is of another build.
template <typename Functions>
[[nodiscard]] const Functions* LoadPluginFunctions(const Plugin& plugin, const char* entry,
                                                   const char* build) {
  using Entry = const Functions*();
  const Functions* const functions = reinterpret_cast<Entry*>(LoadPlugin(plugin, entry))();
  CheckPluginBuild(plugin.name, build, functions->build);
  return functions;
}

}  // namespace libero
