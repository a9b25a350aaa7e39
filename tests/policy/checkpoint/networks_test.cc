#include "policy/networks.h"

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The program and its plug-in, as users run them.
namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Result {
  int status = -1;
  std::string output;  // stdout and stderr
};

Result RunShell(const std::string& command) {
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {};
  Result result;
  std::array<char, 4096> buffer{};
  for (size_t count = 0; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    result.output.append(buffer.data(), count);
  }
  result.status = pclose(pipe);
  return result;
}

TEST(NetworksTest, TheProgramStartsWithoutLibTorch) {
  const Result result = RunShell("LD_TRACE_LOADED_OBJECTS=1 " LIBERO_PROGRAM);
  EXPECT_THAT(result.output, AllOf(HasSubstr("libc.so"), Not(HasSubstr("torch"))));
}

TEST(NetworksTest, CommandsLoadIt) {
  const Result result = RunShell(LIBERO_PROGRAM " inspect-checkpoint /nonexistent");
  EXPECT_NE(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("error: expected a folder, got /nonexistent"));
}

}  // namespace
}  // namespace libero
