#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <vector>

namespace libero {

// The options of `libero compare`.
struct CompareOptions {
  std::vector<std::filesystem::path> runs;  // two or more; each is compared with the first
  bool allow_different_protocols = false;
  std::optional<std::filesystem::path> json;  // file for the numbers
  int width = 0;                              // columns of the terminal on stdout; 0: no wrapping
};

// Prints who succeeded where the other did not, the difference with its interval and McNemar's
// test. Returns 0. Throws Error for runs that differ in their protocols, naming what differs,
// unless that is allowed; for runs without episodes in common; and for what cannot be read.
int RunCompareCommand(const CompareOptions& options, std::ostream& out);

}  // namespace libero
