#include "sim/base/suggest.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace libero {
namespace {

TEST(EditDistanceTest, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("plate", "plate"), 0);
  EXPECT_EQ(EditDistance("plate", "late"), 1);
  EXPECT_EQ(EditDistance("plate", "plates"), 1);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
}

TEST(EditDistanceTest, CountsSwapOfNeighboursAsOne) {
  EXPECT_EQ(EditDistance("paltte", "platte"), 1);
  EXPECT_EQ(EditDistance("ab", "ba"), 1);
}

TEST(NearestTest, PrefersTheSmallestDistanceThenTheFirst) {
  const std::vector<std::string> candidates = {"turnon", "turnoff", "open", "opec"};
  EXPECT_EQ(Nearest("turnof", candidates), "turnon");
  EXPECT_EQ(Nearest("turnofff", candidates), "turnoff");
  EXPECT_EQ(Nearest("ope", candidates), "open");
}

TEST(NearestTest, OffersNothingFar) {
  const std::vector<std::string> candidates = {"on", "in", "open"};
  EXPECT_EQ(Nearest("stacked", candidates), "");
  EXPECT_EQ(Nearest("x", std::vector<std::string>{"y"}), "");
  EXPECT_EQ(Nearest("x", std::vector<std::string>{}), "");
}

TEST(DidYouMeanTest, IsASentenceOrEmpty) {
  const std::vector<std::string> candidates = {"plate_1"};
  EXPECT_EQ(DidYouMean("plate1", candidates), "did you mean 'plate_1'?");
  EXPECT_EQ(DidYouMean("microwave", candidates), "");
}

}  // namespace
}  // namespace libero
