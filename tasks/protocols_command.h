#pragma once

#include <iosfwd>

namespace libero {

// The options of `libero protocols [--json]`.
struct ProtocolsOptions {
  bool json = false;
  int width = 0;  // columns of the terminal; 0 leaves lines as long as they get
};

// Prints the known protocols as a table, or every field as a JSON document. Returns 0.
int RunProtocolsCommand(const ProtocolsOptions& options, std::ostream& out);

}  // namespace libero
