#include "sim/base/index_ranges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kCount = 10;

TEST(IndexRangesTest, ReadsNumbersAndRanges) {
  EXPECT_THAT(ParseIndexRanges("7", kCount), ElementsAre(7));
  EXPECT_THAT(ParseIndexRanges("0,3-5", kCount), ElementsAre(0, 3, 4, 5));
  EXPECT_THAT(ParseIndexRanges("0-9", kCount), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(ParseIndexRanges("4-4", kCount), ElementsAre(4));
}

TEST(IndexRangesTest, SortsAndTakesEachOnce) {
  EXPECT_THAT(ParseIndexRanges("5-7,2,6-8,2", kCount), ElementsAre(2, 5, 6, 7, 8));
}

TEST(IndexRangesTest, IgnoresBlanks) {
  EXPECT_THAT(ParseIndexRanges(" 0, 3 - 5 ", kCount), ElementsAre(0, 3, 4, 5));
}

TEST(IndexRangesTest, SaysWhatIsWrong) {
  const auto message_of = [](const char* text, const char* part) {
    EXPECT_THAT([&] { (void)ParseIndexRanges(text, kCount); },
                ThrowsMessage<Error>(HasSubstr(part)))
        << text;
  };
  message_of("", "expected an index or a range of indices, got ''");
  message_of("1,,2", "expected an index or a range of indices, got ''");
  message_of("1,", "expected an index or a range of indices, got ''");
  message_of("1,x", "expected an index or a range of indices, got 'x'");
  message_of("-1", "expected an index or a range of indices, got '-1'");
  message_of("1-", "expected an index or a range of indices, got '1-'");
  message_of("1-2-3", "expected an index or a range of indices, got '1-2-3'");
  message_of("1.5", "expected an index or a range of indices, got '1.5'");
  message_of("5-3", "'5-3' runs backwards\n  hint: write 3-5");
  message_of("0,8-10", "expected indices from 0 to 9, got '8-10'");
  message_of("99999999999", "expected indices from 0 to 9, got '99999999999'");
}

TEST(IndexRangesTest, WritesWhatItReads) {
  const auto same = [](const char* text) {
    return FormatIndexRanges(ParseIndexRanges(text, kCount));
  };
  EXPECT_EQ(same("0,3-5,9"), "0,3-5,9");
  EXPECT_EQ(same("1-2"), "1,2");
  EXPECT_EQ(same("8"), "8");
  EXPECT_EQ(FormatIndexRanges({}), "none");
}

}  // namespace
}  // namespace libero
