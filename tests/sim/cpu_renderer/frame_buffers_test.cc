#include "sim/cpu_renderer/frame_buffers.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

TEST(SampleLayoutTest, PixelsHaveRoomOfTheirOwnWithinAMargin) {
  const BlockMask mask = WholeMask(7, 6);  // 8 × 8 in whole blocks
  const SampleLayout layout(mask);
  std::set<size_t> picture;
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) EXPECT_TRUE(picture.insert(layout.At(x, y)).second);
  }
  for (int y = -1; y < 9; ++y) {
    for (int x = -4; x < 12; ++x) {
      const size_t at = layout.At(x, y);
      EXPECT_EQ(at % kNumSamples, 0);
      EXPECT_LE(at + kNumSamples, layout.size()) << x << ", " << y;
      const bool is_inside = x >= 0 && x < 8 && y >= 0 && y < 8;
      EXPECT_EQ(picture.contains(at), is_inside) << x << ", " << y;
    }
  }
}

TEST(BlockMaskTest, KnowsThePixelsThatAreDrawn) {
  BlockMask mask = WholeMask(9, 6);
  EXPECT_TRUE(mask.is_whole);
  EXPECT_TRUE(mask.IsDrawn(0, 0));
  EXPECT_TRUE(mask.IsDrawn(11, 7)) << "blocks are whole";
  for (const auto& [x, y] : {std::pair(-1, 0), {0, -1}, {12, 0}, {0, 8}}) {
    EXPECT_FALSE(mask.IsDrawn(x, y)) << x << ", " << y;
  }
  mask.KeepRows(1, 2);
  EXPECT_FALSE(mask.is_whole);
  EXPECT_FALSE(mask.IsDrawn(0, 3));
  EXPECT_TRUE(mask.IsDrawn(0, 4));
  mask.ClearAll();
  mask.AddPixels(5, 1, 6, 2);
  EXPECT_FALSE(mask.is_whole);
  EXPECT_TRUE(mask.IsDrawn(4, 0));
  EXPECT_FALSE(mask.IsDrawn(3, 0));
}

TEST(VisibilityBufferTest, EmptiesTheBlocksOfTheMask) {
  BlockMask mask = WholeMask(20, 20);
  const SampleLayout layout(mask);
  VisibilityBuffer buffer;
  buffer.Clear(mask);
  buffer.inverse_depth.assign(layout.size(), 1.0F);
  buffer.triangle.assign(layout.size(), 7);
  mask.ClearAll();
  mask.AddPixels(0, 4, 6, 5);
  mask.AddPixels(12, 5, 20, 6);
  mask.AddPixels(8, 17, 9, 18);
  buffer.Clear(mask);
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 20; ++x) {
      const bool is_empty = mask.IsDrawn(x, y);
      for (size_t s = 0; s < kNumSamples; ++s) {
        EXPECT_EQ(buffer.inverse_depth[layout.At(x, y) + s], is_empty ? 0 : 1) << x << ", " << y;
        EXPECT_EQ(buffer.triangle[layout.At(x, y) + s], is_empty ? 0 : 7) << x << ", " << y;
      }
    }
  }
}

}  // namespace
}  // namespace libero
