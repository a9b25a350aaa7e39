#pragma once

#include <array>
#include <cstdio>
#include <string>

// The program as its users run it.
namespace libero {

struct ProgramResult {
  int status = -1;     // 0 if all went well
  std::string output;  // stdout and stderr
};

// Runs a line of the shell.
inline ProgramResult RunShell(const std::string& command) {
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {};
  ProgramResult result;
  std::array<char, 4096> buffer{};
  for (size_t count = 0; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    result.output.append(buffer.data(), count);
  }
  result.status = pclose(pipe);
  return result;
}

// Runs the program with the benchmark's data and the tests' scenes.
inline ProgramResult RunProgram(const std::string& arguments) {
  return RunShell("LIBERO_DATA=" LIBERO_DEPS_DIR " LIBERO_CACHE=" LIBERO_TEST_CACHE_DIR
                  " " LIBERO_PROGRAM " " +
                  arguments);
}

}  // namespace libero
