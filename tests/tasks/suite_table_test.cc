#include "tasks/suite_table.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string ErrorOf(std::string_view text) {
  try {
    (void)ParseSuiteTable(text, "map.py");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(SuiteTableTest, ReadsSuitesInOrder) {
  const auto table = ParseSuiteTable(
      "# comment\nmap = {\n  'b': [\"two\", # comment ]\n  'one',],\n\"a\" : [],\n}\n", "map.py");
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table[0].suite, "b");
  EXPECT_THAT(table[0].tasks, ElementsAre("two", "one"));
  EXPECT_EQ(table[1].suite, "a");
  EXPECT_THAT(table[1].tasks, IsEmpty());
}

TEST(SuiteTableTest, JoinsNeighbouringStringsAsPythonDoes) {
  const auto table = ParseSuiteTable("m={'s': ['a'\n 'b', 'c']}", "map.py");
  EXPECT_THAT(table[0].tasks, ElementsAre("ab", "c"));
}

TEST(SuiteTableTest, ErrorsNameLineAndExpectation) {
  EXPECT_THAT(ErrorOf(""), StartsWith("map.py:1: error: expected '=' behind the table's name, got "
                                      "the end of the file"));
  EXPECT_THAT(ErrorOf("m = [\n"), StartsWith("map.py:1: error: expected '{', got '['"));
  EXPECT_THAT(ErrorOf("m = {\n'a' ['b']}"), StartsWith("map.py:2: error: expected ':' behind 'a'"));
  EXPECT_THAT(ErrorOf("m = {\n'a': 'b'}"), StartsWith("map.py:2: error: expected '[', the tasks"));
  EXPECT_THAT(ErrorOf("m = {'a': ['b'\n"), StartsWith("map.py:2: error: expected ',' or ']'"));
  EXPECT_THAT(ErrorOf("m = {'a': ['b\n']}"),
              StartsWith("map.py:1: error: the string does not end"));
  EXPECT_THAT(ErrorOf("m = {'a': ['b"), StartsWith("map.py:1: error: the string does not end"));
  EXPECT_THAT(ErrorOf("m = {'a': [5]}"),
              StartsWith("map.py:1: error: expected a task's name in quotes, or ']', got '5'"));
  EXPECT_THAT(ErrorOf("m = {'a': ['\\n']}"), StartsWith("map.py:1: error: escapes in strings"));
  EXPECT_THAT(ErrorOf("m = {'a': [],\n'a': []}"),
              StartsWith("map.py:2: error: suite 'a' is given twice"));
  EXPECT_THAT(ErrorOf("m = {}\nimport os"), StartsWith("map.py:2: error: more text after"));
}

}  // namespace
}  // namespace libero
