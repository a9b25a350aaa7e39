#include "policy/networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/program.h"

// The program and its plug-in, as users run them.
namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(NetworksTest, TheProgramStartsWithoutLibTorch) {
  const ProgramResult result = RunShell("LD_TRACE_LOADED_OBJECTS=1 " LIBERO_PROGRAM);
  EXPECT_THAT(result.output, AllOf(HasSubstr("libc.so"), Not(HasSubstr("torch"))));
}

TEST(NetworksTest, CommandsLoadIt) {
  const ProgramResult result = RunProgram("inspect-checkpoint /nonexistent");
  EXPECT_NE(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("error: expected a folder, got /nonexistent"));
}

}  // namespace
}  // namespace libero
