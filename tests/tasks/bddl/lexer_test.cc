#include "tasks/bddl/lexer.h"

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

std::vector<std::string> Texts(std::string_view text) {
  std::vector<std::string> result;
  for (const BddlToken& token : LexBddl({text, "a.bddl"})) result.push_back(token.text);
  return result;
}

std::vector<std::string> Positions(std::string_view text) {
  std::vector<std::string> result;
  for (const BddlToken& token : LexBddl({text, "a.bddl"})) {
    result.push_back(std::to_string(token.position.line) + ":" +
                     std::to_string(token.position.column));
  }
  return result;
}

std::string ErrorOf(std::string_view text) {
  try {
    (void)LexBddl({text, "a.bddl"});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(LexerTest, SplitsWordsAndParentheses) {
  EXPECT_THAT(Texts("(define(problem a-1) :x\t\"q\")"),
              ElementsAre("(", "define", "(", "problem", "a-1", ")", ":x", "\"q\"", ")"));
  EXPECT_THAT(Texts(""), IsEmpty());
  EXPECT_THAT(Texts(" \n\t "), IsEmpty());
}

TEST(LexerTest, LowersAsciiLettersOnly) {
  EXPECT_THAT(Texts("On ÉTÉ"), ElementsAre("on", "ÉtÉ"));
}

TEST(LexerTest, DropsComments) {
  EXPECT_THAT(Texts("a;b (c\nd ; e"), ElementsAre("a", "d"));
  EXPECT_THAT(Texts("a;b\rc"), ElementsAre("a", "c"));
}

TEST(LexerTest, CountsLinesAndColumnsInCharacters) {
  EXPECT_THAT(Positions("(a\n  (’ b)"), ElementsAre("1:1", "1:2", "2:3", "2:4", "2:6", "2:7"));
  EXPECT_THAT(Positions("a\r\nb\rc"), ElementsAre("1:1", "2:1", "3:1"));
}

TEST(LexerTest, RejectsBytesThatAreNotUtf8) {
  EXPECT_EQ(ErrorOf("ab\n c\xFF"),
            "a.bddl:2:3: error: byte 0xff is not UTF-8 text\n   c\xFF\n    ^");
  for (const std::string_view bad : {"\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                     "\x80", "\xE2\x80", "\xF0\x9F"}) {
    EXPECT_THAT(ErrorOf(bad), ::testing::HasSubstr("is not UTF-8 text"));
  }
}

TEST(LexerTest, RejectsControlCharacters) {
  using std::literals::operator""sv;
  EXPECT_THAT(ErrorOf("a\0b"sv),
              ::testing::StartsWith("a.bddl:1:2: error: control character 0x00"));
}

TEST(LexerTest, ErrorShowsTheLineWithACaret) {
  const BddlSource source = {"(a\r\n\t(b) c)\r\n", "dir/a.bddl"};
  try {
    ThrowBddlError(source, {2, 3}, "message", "do this");
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "dir/a.bddl:2:3: error: message\n   (b) c)\n    ^\n  hint: do this");
  }
}

}  // namespace
}  // namespace libero
