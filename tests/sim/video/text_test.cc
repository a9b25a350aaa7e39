#include "sim/video/text.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

Canvas Black(int width, int height) {
  return {width, height,
          std::vector<uint8_t>(static_cast<size_t>(3) * static_cast<size_t>(width * height))};
}

// How many pixels are not black, and the sum of their columns.
std::pair<int, int> Ink(const Canvas& canvas) {
  int count = 0;
  int columns = 0;
  for (size_t i = 0; i < canvas.rgb.size(); i += 3) {
    if (canvas.rgb[i] == 0) continue;
    ++count;
    columns += static_cast<int>(i / 3) % canvas.width;
  }
  return {count, columns};
}

TEST(TextTest, LongerAndLargerTextIsWider) {
  EXPECT_EQ(TextWidth("", 16), 0);
  EXPECT_GT(TextWidth("bowl", 16), TextWidth("bow", 16));
  EXPECT_GT(TextWidth("bowl", 32), 1.9 * TextWidth("bowl", 16));
  EXPECT_GT(TextWidth("wide", 16), TextWidth("ill", 16));
}

TEST(TextTest, DrawsWhereItIsToldInTheColor) {
  Canvas canvas = Black(100, 40);
  DrawText(canvas, 50, 10, "step 12", 16, {200, 100, 0});
  const auto [count, columns] = Ink(canvas);
  EXPECT_GT(count, 50);
  EXPECT_GT(columns / count, 50);
  const auto brightest = std::ranges::max_element(canvas.rgb);
  EXPECT_EQ(*brightest, 200);
  EXPECT_EQ(brightest[1], 100);
  EXPECT_EQ(brightest[2], 0);
  for (int row = 0; row < 10; ++row) EXPECT_EQ(canvas.rgb[static_cast<size_t>(row) * 300], 0);
}

TEST(TextTest, LeavesOutWhatIsBeyondThePicture) {
  Canvas canvas = Black(20, 10);
  DrawText(canvas, -30, -4, "clipped on all sides", 16, {255, 255, 255});
  EXPECT_GT(Ink(canvas).first, 0);
  DrawText(canvas, 500, 500, "nowhere", 16, {255, 255, 255});
}

TEST(TextTest, TakesUtf8AndWhatIsNone) {
  EXPECT_EQ(TextWidth("\xC3\xA9", 16), TextWidth("e", 16)) << "an e with an accent is one letter";
  EXPECT_GT(TextWidth("\xFF\xC3", 16), 0);
}

}  // namespace
}  // namespace libero
