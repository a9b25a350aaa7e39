#pragma once

#include <string>

namespace libero {

// Opens lib/<name>.so beside the program, a part of it that is loaded when it is first wanted, and
// finds its function `entry`. It is never closed. Throws Error if it is not there (exported folders
// have none) or cannot be loaded, e.g. because LibTorch is missing.
[[nodiscard]] void* LoadPlugin(const std::string& name, const char* entry);

// Throws Error unless the plug-in is of the program's build.
void CheckPluginBuild(const std::string& name, const char* expected, const char* got);

}  // namespace libero
