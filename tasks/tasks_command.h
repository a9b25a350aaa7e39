#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

namespace libero {

// The options of `libero tasks [SUITE] [--json]`.
struct TasksOptions {
  std::filesystem::path data_root;  // see LoadSuites
  std::string suite;                // name or alias; "" lists the suites
  bool json = false;                // all fields of every task, as one JSON document
  int width = 0;                    // columns of the terminal; 0 leaves lines as long as they get
};

// Prints the table of suites, or that of one suite's tasks; with `json`, the same with every field,
// paths relative to `data_root`. Returns 0. Throws Error for an unknown suite and for data that
// cannot be read; nothing has been printed then.
int RunTasksCommand(const TasksOptions& options, std::ostream& out);

}  // namespace libero
