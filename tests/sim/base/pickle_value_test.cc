#include "sim/base/pickle_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

TEST(PickleValueTest, KnowsContiguousTensors) {
  struct Case {
    std::vector<int64_t> shape;
    std::vector<int64_t> strides;
    bool is_contiguous;
  };
  const std::vector<Case> cases = {
      {{}, {}, true},         {{4, 6}, {6, 1}, true},  {{4, 1, 6}, {6, 99, 1}, true},
      {{0, 3}, {1, 7}, true}, {{6, 4}, {1, 6}, false}, {{2, 3}, {6, 1}, false},
      {{2}, {0}, false}};
  for (const Case& c : cases) {
    PickleTensor tensor;
    tensor.shape = c.shape;
    tensor.strides = c.strides;
    EXPECT_EQ(tensor.is_contiguous(), c.is_contiguous) << ShapeName(c.shape);
  }
}

TEST(PickleValueTest, MeasuresViewsWithoutOverflow) {
  const auto extent = [](std::vector<int64_t> shape, std::vector<int64_t> strides) {
    return ViewExtent(shape, strides);
  };
  EXPECT_EQ(extent({}, {}), 1);
  EXPECT_EQ(extent({2, 3}, {6, 1}), 9);
  EXPECT_EQ(extent({2, 0}, {6, 1}), 0);
  EXPECT_EQ(extent({1000}, {0}), 1);
  EXPECT_EQ(extent({3}, {int64_t{1} << 62}), std::nullopt);
  EXPECT_EQ(extent({2, 2}, {int64_t{1} << 62, int64_t{1} << 62}), std::nullopt);
}

TEST(PickleValueTest, FindsTextKeysOnly) {
  const PickleValue number = {.data = int64_t{1}};
  const PickleValue text = {.data = std::string("1")};
  const PickleDict dict = {.items = {{&number, &number}, {&text, &text}}};
  EXPECT_EQ(dict.Find("1"), &text);
  EXPECT_EQ(dict.Find("2"), nullptr);
}

TEST(PickleValueTest, PrintsHostileTextSafely) {
  EXPECT_EQ(PrintableText("a\x1b[31m\n"), "a?[31m?");
  EXPECT_EQ(PrintableText(std::string(81, 'x')), std::string(80, 'x') + "...");
}

}  // namespace
}  // namespace libero
