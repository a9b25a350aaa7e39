#pragma once

#include <string>
#include <string_view>

namespace libero {

// A line on stderr, "[folder] warning: message". Never from headers or within a physics step.
void LogWarning(std::string_view folder, const std::string& message);

// Likewise for what a user may want to know, "[folder] message".
void LogInfo(std::string_view folder, const std::string& message);

}  // namespace libero
