#include "tasks/bddl/parser.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using ::testing::StartsWith;

// The tree in one line again.
std::string Text(const BddlNode& node) {
  if (!node.is_list) return node.text;
  std::string result = "(";
  for (const BddlNode& child : node.children) {
    if (result.size() > 1) result += ' ';
    result += Text(child);
  }
  return result + ")";
}

std::string ErrorOf(std::string_view text) {
  try {
    (void)ParseBddl({text, "a.bddl"});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ParserTest, BuildsTheTree) {
  const BddlNode root = ParseBddl({"(a (b\n c)\n () d)", "a.bddl"});
  EXPECT_EQ(Text(root), "(a (b c) () d)");
  EXPECT_EQ(root.children[1].position.line, 1);
  EXPECT_EQ(root.children[1].position.column, 4);
  EXPECT_EQ(root.children[1].children[1].position.line, 2);
  EXPECT_EQ(root.children[3].position.column, 5);
}

TEST(ParserTest, PointsAtTheParenthesisThatIsNeverClosed) {
  EXPECT_EQ(ErrorOf("(a\n  (b c)\n  (d (e)"),
            "a.bddl:3:3: error: '(' is never closed\n    (d (e)\n    ^");
}

TEST(ParserTest, PointsAtTheParenthesisThatClosesNothing) {
  EXPECT_THAT(ErrorOf("(a\n))"), StartsWith("a.bddl:2:2: error: ')' closes no parenthesis"));
  EXPECT_THAT(ErrorOf(")"), StartsWith("a.bddl:1:1: error: ')' closes no parenthesis"));
}

TEST(ParserTest, RejectsAnythingButOneList) {
  EXPECT_THAT(ErrorOf(""), StartsWith("a.bddl:1:1: error: the file is empty"));
  EXPECT_THAT(ErrorOf("; only a comment\n"), StartsWith("a.bddl:1:1: error: the file is empty"));
  EXPECT_THAT(ErrorOf("define (a)"), StartsWith("a.bddl:1:1: error: 'define' is outside"));
  EXPECT_THAT(ErrorOf("(a)\n(b)"), StartsWith("a.bddl:2:1: error: more text after the end"));
}

TEST(ParserTest, RejectsDeepNesting) {
  EXPECT_THAT(ErrorOf(std::string(100000, '(')),
              StartsWith("a.bddl:1:33: error: parentheses are nested"));
}

}  // namespace
}  // namespace libero
