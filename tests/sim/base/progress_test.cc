#include "sim/base/progress.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

TEST(ProgressTest, WritesDurations) {
  EXPECT_EQ(FormatDuration(-1), "0 s");
  EXPECT_EQ(FormatDuration(59.9), "59 s");
  EXPECT_EQ(FormatDuration(185), "3 min 05 s");
  EXPECT_EQ(FormatDuration(7620), "2 h 07 min");
}

TEST(ProgressTest, ReplacesItsLineOnATerminal) {
  std::ostringstream out;
  Progress progress("episodes", 10, true, out);
  progress.Update(0, 0, "");
  progress.Update(1, 0.1, "");  // too soon
  progress.Update(2, 30, "50.0 % succeeded");
  progress.Finish(10, 150, "");
  EXPECT_EQ(out.str(),
            "\r  0/10 episodes, 0 s\033[K"
            "\r  2/10 episodes, 30 s, 2 min 00 s left, 50.0 % succeeded\033[K"
            "\r  10/10 episodes, 2 min 30 s\033[K\n");
}

TEST(ProgressTest, WritesALineNowAndThenElsewhere) {
  std::ostringstream out;
  Progress progress("episodes", 10, false, out);
  for (int s = 0; s <= 60; ++s) progress.Update(s / 10, s, "");
  EXPECT_EQ(out.str(),
            "3/10 episodes, 30 s, 1 min 10 s left\n"
            "6/10 episodes, 1 min 00 s, 40 s left\n");
}

}  // namespace
}  // namespace libero
