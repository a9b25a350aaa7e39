#include "sim/base/counter_random.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

using testing::ElementsAre;

// source: random123@9545ff6:tests/kat_vectors
TEST(CounterRandomTest, PhiloxGivesThePublishedWords) {
  EXPECT_THAT(Philox4x32({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(
      Philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
      ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  EXPECT_THAT(
      Philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST(CounterRandomTest, ANameIsAStream) {
  CounterRandom first("a", 3);
  CounterRandom second("a", 3);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(first.Bits(), second.Bits());
}

TEST(CounterRandomTest, NamesStepsAndBlocksDiffer) {
  const uint32_t first = CounterRandom("a", 0).Bits();
  EXPECT_NE(CounterRandom("b", 0).Bits(), first);
  EXPECT_NE(CounterRandom("a", 1).Bits(), first);
  EXPECT_NE(CounterRandom("a", uint64_t{1} << 32).Bits(), first);
  CounterRandom later("a", 0);
  for (int i = 0; i < 4; ++i) (void)later.Bits();
  EXPECT_NE(later.Bits(), first) << "the second block";
}

// Bounds of 5 standard deviations; the numbers are the same in every run.
TEST(CounterRandomTest, UniformFillsItsRange) {
  constexpr int kNumDraws = 10'000;
  CounterRandom random("uniform");
  double sum = 0;
  double lowest = 1e9;
  double highest = -1e9;
  for (int i = 0; i < kNumDraws; ++i) {
    const double number = random.Uniform(-3, 5);
    sum += number;
    lowest = std::min(lowest, number);
    highest = std::max(highest, number);
  }
  EXPECT_GE(lowest, -3);
  EXPECT_LT(highest, 5);
  EXPECT_LT(lowest, -2.99);
  EXPECT_GT(highest, 4.99);
  EXPECT_NEAR(sum / kNumDraws, 1, 5 * 8 / std::sqrt(12.0 * kNumDraws));
}

}  // namespace
}  // namespace libero
