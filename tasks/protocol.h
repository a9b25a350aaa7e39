#pragma once

#include <span>
#include <string_view>

namespace libero {

// The conventions of one published evaluation harness, so that results can be compared with its
// own.
struct Protocol {
  std::string_view name;   // e.g. "openvla"
  std::string_view title;  // whose conventions these are

  // Control steps (20 Hz) a policy may take after the settle steps, per LIBERO suite.
  int spatial_steps = 0;
  int object_steps = 0;
  int goal_steps = 0;
  int long_steps = 0;  // libero_10
  int libero_90_steps = 0;
};

// The known protocols; the first is the default.
[[nodiscard]] std::span<const Protocol> Protocols();

// Throws Error that names the nearest protocol and lists all. Ignores case.
[[nodiscard]] const Protocol& FindProtocol(std::string_view name);

// The limit for a suite, given by its full name; a LIBERO-PRO suite has that of the suite it
// varies. Throws Error for a name that is not one of the 21 suites'.
[[nodiscard]] int MaxSteps(const Protocol& protocol, std::string_view suite);

}  // namespace libero
