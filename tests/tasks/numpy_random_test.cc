#include "tasks/numpy_random.h"

#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// A hexadecimal float; istream cannot read one.
double NextDouble(std::istringstream& line) {
  std::string text;
  line >> text;
  return std::strtod(text.c_str(), nullptr);
}

// Makes the call of one line of numpy_random.txt; true if the result is the same, bit by bit.
bool Replay(const std::string& call, std::istringstream& line, NumpyRandom& random) {
  if (call == "seed") {
    uint32_t seed = 0;
    line >> seed;
    random = NumpyRandom(seed);
    return true;
  }
  if (call == "r") return random.RandomSample() == NextDouble(line);
  if (call == "g") return random.StandardNormal() == NextDouble(line);
  if (call == "u") {
    const double low = NextDouble(line);
    const double high = NextDouble(line);
    return random.Uniform(low, high) == NextDouble(line);
  }
  int64_t n = int64_t{1} << 32;  // "w": the whole word
  int64_t expected = 0;
  if (call == "i") line >> n;
  line >> expected;
  return random.RandInt(n) == expected;
}

TEST(NumpyRandomTest, EqualsNumpyDrawByDraw) {
  std::ifstream file(std::string(LIBERO_GOLDEN_DIR) + "/numpy_random.txt");
  NumpyRandom random(0);
  int num_lines = 0;
  for (std::string text; std::getline(file, text); ++num_lines) {
    std::istringstream line(text);
    std::string call;
    line >> call;
    ASSERT_TRUE(Replay(call, line, random)) << "line " << num_lines + 1 << ": " << text;
  }
  EXPECT_EQ(num_lines, 1057);
}

TEST(NumpyRandomTest, DrawsNothingForARangeOfOne) {
  NumpyRandom random(3);
  const NumpyRandom before = random;
  EXPECT_EQ(random.RandInt(1), 0);
  EXPECT_EQ(random, before);
}

TEST(NumpyRandomTest, ContinuesInACopy) {
  NumpyRandom random(3);
  (void)random.StandardNormal();
  NumpyRandom copy = random;
  EXPECT_EQ(copy, random);
  EXPECT_EQ(copy.StandardNormal(), random.StandardNormal());
  EXPECT_EQ(copy.RandomSample(), random.RandomSample());
  EXPECT_EQ(copy, random);
  (void)copy.RandomSample();
  EXPECT_NE(copy, random);
}

TEST(NumpyRandomTest, DiscardsWords) {
  for (const int num_doubles : {0, 1, 311, 312, 313, 1000}) {
    NumpyRandom drawn(5);
    NumpyRandom discarded(5);
    for (int i = 0; i < num_doubles; ++i) (void)drawn.RandomSample();
    discarded.Discard(2 * static_cast<uint64_t>(num_doubles));
    EXPECT_EQ(drawn, discarded) << num_doubles;
    EXPECT_EQ(drawn.RandomSample(), discarded.RandomSample());
  }
}

TEST(NumpyRandomTest, KeepsTheSecondGaussianAcrossOtherDraws) {
  NumpyRandom straight(11);
  NumpyRandom mixed(11);
  (void)straight.StandardNormal();
  (void)mixed.StandardNormal();
  mixed.Discard(100);
  EXPECT_EQ(mixed.StandardNormal(), straight.StandardNormal());
  EXPECT_NE(mixed, straight);
}

TEST(NumpyRandomTest, RefusesImpossibleRanges) {
  NumpyRandom random(0);
  EXPECT_THAT([&] { (void)random.RandInt(0); },
              ThrowsMessage<Error>(HasSubstr("a random integer below 0: expected at least 1")));
  constexpr double kMax = std::numeric_limits<double>::max();
  EXPECT_THAT([&] { (void)random.Uniform(-kMax, kMax); },
              ThrowsMessage<Error>(HasSubstr("expected a finite range")));
}

}  // namespace
}  // namespace libero
