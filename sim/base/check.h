#pragma once

#include <stdexcept>
#include <string>

namespace libero {

// Bad input from outside: a file, an option, an asset. The message says what is wrong, where,
// and what was expected and got; `hint` says what the user can do. `what()` holds both, the hint on
// a line of its own behind "hint: ".
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, const std::string& hint = "");
};

namespace internal {
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}  // namespace internal

}  // namespace libero

// A claim about our own code: prints condition, file and line, and aborts if it does not hold.
// Never for bad input: that is an Error.
#define LIBERO_CHECK(condition) \
  ((condition) ? void(0) : ::libero::internal::CheckFailed(#condition, __FILE__, __LINE__))
