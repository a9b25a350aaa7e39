#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

namespace libero {

// The options of `libero export`.
struct ExportOptions {
  std::filesystem::path data_root;
  std::string suite;
  std::filesystem::path policy;  // checkpoint folder to take along; "" for none
  std::filesystem::path out;     // must not exist, or be an empty folder
};

// Makes a folder that runs on another Linux machine of the same architecture with nothing but a C
// library as new as this machine's (and a driver, and torch 2.11 for networks): the program, the
// shared libraries that it has loaded apart from those, and the suite's scenes, tasks and init
// states. Written under another name and renamed when complete. Throws Error if it cannot be.
int RunExportCommand(const ExportOptions& options, std::ostream& out);

}  // namespace libero
