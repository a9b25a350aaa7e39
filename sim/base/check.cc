#include "sim/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace libero {

Error::Error(const std::string& message, const std::string& hint)
    : std::runtime_error(hint.empty() ? message : message + "\n  hint: " + hint) {}

namespace internal {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace internal
}  // namespace libero
