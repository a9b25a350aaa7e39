#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace libero {

// One entry of LIBERO's table of suites: its name and the names of its tasks, in order.
struct SuiteTableEntry {
  std::string suite;
  std::vector<std::string> tasks;
};

// Reads the table that the Python benchmark keeps as source text: one assignment of a dictionary of
// lists of strings, `name = {"suite": ["task", ...], ...}`, with comments and trailing commas as
// Python allows them. Nothing is executed. Throws Error, "file:line: error: ...", for anything
// else, and for a suite that is given twice.
[[nodiscard]] std::vector<SuiteTableEntry> ParseSuiteTable(std::string_view text,
                                                           std::string_view file_name);

}  // namespace libero
