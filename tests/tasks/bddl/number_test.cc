#include "tasks/bddl/number.h"

#include <cmath>
#include <numbers>
#include <optional>
#include <string_view>

#include <gtest/gtest.h>

namespace libero {
namespace {

TEST(ParseNumberTest, ReadsDecimalLiterals) {
  EXPECT_EQ(ParseNumber("0"), 0.0);
  EXPECT_EQ(ParseNumber("-0.09999999999999999"), -0.09999999999999999);
  EXPECT_EQ(ParseNumber("+1.5e-3"), 1.5e-3);
  EXPECT_EQ(ParseNumber(".5"), 0.5);
  EXPECT_EQ(ParseNumber("5."), 5.0);
  EXPECT_TRUE(std::signbit(*ParseNumber("-0")));
}

TEST(ParseNumberTest, RejectsEverythingElse) {
  for (const std::string_view text : {"", "-", ".", "--1", "1-2", "1/2", "pi", "0x10", "1_000",
                                      "inf", "nan", "1e999", "1.2.3", "1e", "one"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  }
}

TEST(EvaluateNumberTest, ReadsSumsAndProductsOfPi) {
  EXPECT_EQ(EvaluateNumber("3.141592653589793"), std::numbers::pi);
  EXPECT_EQ(EvaluateNumber("-pi/2"), -std::numbers::pi / 2);
  EXPECT_EQ(EvaluateNumber("np.pi"), std::numbers::pi);
  EXPECT_EQ(EvaluateNumber("2*pi-1/4"), 2 * std::numbers::pi - 0.25);
  EXPECT_EQ(EvaluateNumber("1-2-3"), -4.0);
  EXPECT_EQ(EvaluateNumber("--1"), 1.0);
}

TEST(EvaluateNumberTest, RejectsEverythingElse) {
  for (const std::string_view text : {"", "pi2", "1+", "*2", "1/0", "2**3", "7//2", "(1)", "abs"}) {
    EXPECT_EQ(EvaluateNumber(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace libero
