#include "viewer/painter.h"

#include <gtest/gtest.h>

#include "viewer/gui.h"

namespace libero {
namespace {

// Draws a list on a black ground.
class PainterTest : public testing::Test {
 protected:
  PainterTest() : list_(ImGui::GetDrawListSharedData()) {
    list_._ResetForNewFrame();
    list_.PushTextureID(nullptr);
    list_.PushClipRect({0, 0}, {16, 16});
  }
  Bitmap Draw() {
    ImDrawList* lists[] = {&list_};
    ImDrawData data;
    data.CmdLists = lists;
    data.CmdListsCount = 1;
    Bitmap bitmap = {16, 16, std::vector<uint8_t>(size_t{16} * 16 * 4)};
    Paint(data, bitmap);
    return bitmap;
  }
  static int Red(const Bitmap& bitmap, int x, int y) {
    return bitmap.rgba[4 * static_cast<size_t>(16 * y + x)];
  }

  Gui gui_;
  ImDrawList list_;
};

TEST_F(PainterTest, FillsThePixelsWhoseCentresAreInside) {
  list_.AddRectFilled({2, 3}, {6, 5}, IM_COL32(200, 0, 0, 255));
  const Bitmap bitmap = Draw();
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) {
      const bool is_inside = x >= 2 && x < 6 && y >= 3 && y < 5;
      EXPECT_EQ(Red(bitmap, x, y), is_inside ? 200 : 0) << x << ", " << y;
    }
  }
}

// Two triangles make a rectangle: pixels on the edge between them belong to one.
TEST_F(PainterTest, BlendsEachPixelOnce) {
  list_.AddRectFilled({0, 0}, {16, 16}, IM_COL32(200, 0, 0, 128));
  const Bitmap bitmap = Draw();
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(Red(bitmap, i, i), Red(bitmap, 15, 0));
    EXPECT_NEAR(Red(bitmap, i, 15 - i), 100, 1);
  }
}

TEST_F(PainterTest, ClipsAndDrawsTextures) {
  const Bitmap texture = {2, 1, {0, 0, 0, 255, 100, 0, 0, 255}};
  list_.PushClipRect({0, 0}, {12, 8});
  list_.AddImage(const_cast<Bitmap*>(&texture), {0, 0}, {16, 16});
  const Bitmap bitmap = Draw();
  EXPECT_EQ(Red(bitmap, 0, 0), 0);
  EXPECT_NEAR(Red(bitmap, 8, 4), 56, 1) << "0.5625 of the way from one texel to the other";
  EXPECT_EQ(Red(bitmap, 11, 7), Red(bitmap, 11, 0));
  EXPECT_EQ(Red(bitmap, 12, 0), 0) << "clipped";
  EXPECT_EQ(Red(bitmap, 11, 8), 0) << "clipped";
}

}  // namespace
}  // namespace libero
