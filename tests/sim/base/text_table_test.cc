#include "sim/base/text_table.h"

#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace libero {
namespace {

std::string Print(const TextTable& table, int width) {
  std::ostringstream out;
  PrintTable(table, width, out);
  return out.str();
}

const TextTable kTable = {
    .columns = {{"n", true}, {"sentence", false, true}, {"scene"}},
    .rows = {{"1", "open the stove’s door", "kitchen"}, {"10", "put it down", ""}}};

TEST(TextTableTest, AlignsColumnsByCharactersNotBytes) {
  EXPECT_EQ(Print(kTable, 0),
            " n  sentence               scene\n"
            " 1  open the stove’s door  kitchen\n"
            "10  put it down\n");
}

TEST(TextTableTest, WrapsBetweenWords) {
  EXPECT_EQ(Print(kTable, 24),
            " n  sentence     scene\n"
            " 1  open the     kitchen\n"
            "    stove’s\n"
            "    door\n"
            "10  put it down\n");
}

TEST(TextTableTest, NeverBreaksWords) {
  EXPECT_EQ(Print(kTable, 1),
            " n  sentence  scene\n"
            " 1  open the  kitchen\n"
            "    stove’s\n"
            "    door\n"
            "10  put it\n"
            "    down\n");
}

}  // namespace
}  // namespace libero
