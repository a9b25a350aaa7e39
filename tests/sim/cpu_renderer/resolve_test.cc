#include "sim/cpu_renderer/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr uint32_t Rgb(uint32_t r, uint32_t g, uint32_t b) {
  return r | g << 8 | b << 16;
}

// Samples of a picture, all of one colour.
SampleColors Samples(const BlockMask& mask, uint32_t color) {
  SampleColors samples;
  samples.Resize(mask);
  std::ranges::fill(samples.texels, color);
  return samples;
}

std::span<uint32_t> PixelOf(SampleColors& samples, int x, int y) {
  return std::span(samples.texels)
      .subspan(static_cast<size_t>((y * samples.width + x) * kNumSamples), kNumSamples);
}

std::vector<uint8_t> Resolved(const SampleColors& samples, const BlockMask& mask) {
  Image image{.width = mask.width, .height = mask.height};
  image.rgb.assign(static_cast<size_t>(3 * mask.width * mask.height), 7);
  Resolve(samples, mask, image);
  return image.rgb;
}

TEST(ResolveTest, ColoursGoToTheSamplesOfFragments) {
  const BlockMask mask = WholeMask(6, 3);
  SampleColors samples = Samples(mask, 1);
  const std::vector<Fragment> fragments = {{PackPixel(5, 2, 0b0110), 1},
                                           {PackPixel(0, 1, 0b1111), 1}};
  StoreColors(fragments, std::vector<uint32_t>{10, 20}, samples);
  EXPECT_THAT(PixelOf(samples, 5, 2), ElementsAre(1, 10, 10, 1));
  EXPECT_THAT(PixelOf(samples, 0, 1), Each(20));
  EXPECT_THAT(PixelOf(samples, 4, 2), Each(1));
}

TEST(ResolveTest, PixelsAreMeansRoundedUpAtAHalf) {
  const BlockMask mask = WholeMask(1, 1);
  SampleColors samples = Samples(mask, 0);
  for (uint32_t sum = 0; sum <= 4 * 255; ++sum) {
    std::span<uint32_t> pixel = PixelOf(samples, 0, 0);
    for (uint32_t s = 0; s < 4; ++s) {
      const uint32_t part = (sum + s) / 4;  // the four add up to the sum
      pixel[s] = Rgb(part, 255 - part, s == 0 ? 255 : 0);
    }
    const uint32_t mean = (sum + 2) / 4;
    EXPECT_THAT(Resolved(samples, mask), ElementsAre(mean, (4 * 255 - sum + 2) / 4, 64));
  }
}

TEST(ResolveTest, OnlyBlocksOfTheMaskAreWritten) {
  BlockMask mask = WholeMask(9, 6);
  const SampleColors samples = Samples(mask, Rgb(1, 2, 3));
  mask.ClearAll();
  mask.AddPixels(0, 0, 1, 1);
  mask.AddPixels(8, 5, 9, 6);
  const std::vector<uint8_t> rgb = Resolved(samples, mask);
  for (size_t i = 0; i < rgb.size(); ++i) {
    const size_t x = i / 3 % 9;
    const size_t y = i / 3 / 9;
    const bool is_drawn = (x < 4 && y < 4) || (x >= 8 && y >= 4);
    EXPECT_EQ(rgb[i], is_drawn ? i % 3 + 1 : 7) << x << ", " << y;
  }
}

TEST(ResolveTest, PicturesNeedNotBeWholeBlocks) {
  for (const auto& [width, height] : {std::pair(1, 1), {3, 5}, {7, 2}, {13, 9}}) {
    const BlockMask mask = WholeMask(width, height);
    SampleColors samples = Samples(mask, Rgb(99, 99, 99));
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto color = Rgb(static_cast<uint32_t>(x), static_cast<uint32_t>(y), 5);
        std::ranges::fill(PixelOf(samples, x, y), color);
      }
    }
    const std::vector<uint8_t> rgb = Resolved(samples, mask);
    ASSERT_EQ(rgb.size(), static_cast<size_t>(3 * width * height));
    for (size_t i = 0; i < rgb.size() / 3; ++i) {
      EXPECT_EQ(rgb[3 * i], i % static_cast<size_t>(width));
      EXPECT_EQ(rgb[3 * i + 1], i / static_cast<size_t>(width));
      EXPECT_EQ(rgb[3 * i + 2], 5);
    }
  }
}

TEST(ResolveTest, BlendsWeighBothColoursAndRound) {
  const BlockMask mask = WholeMask(1, 1);
  for (const float alpha : {0.0F, 0.25F, 0.3F, 0.5F, 0.994F, 1.0F}) {
    for (uint32_t below = 0; below < 256; below += 5) {
      for (uint32_t above = 0; above < 256; above += 3) {
        SampleColors samples = Samples(mask, Rgb(below, 0, 255));
        const std::vector<Fragment> fragments = {{PackPixel(0, 0, 0b1011), 1}};
        BlendColors(fragments, std::vector{Rgb(above, 255, 0)}, alpha, samples);
        const auto blend = [&](float a, float b) {
          return static_cast<uint32_t>(alpha * a + (1 - alpha) * b + 0.5F);
        };
        const auto expected = Rgb(blend(static_cast<float>(above), static_cast<float>(below)),
                                  blend(255, 0), blend(0, 255));
        EXPECT_THAT(PixelOf(samples, 0, 0),
                    ElementsAre(expected, expected, Rgb(below, 0, 255), expected));
      }
    }
  }
}

TEST(ResolveTest, BlendsOfOnePixelComeOneAfterAnother) {
  const BlockMask mask = WholeMask(1, 1);
  SampleColors samples = Samples(mask, 0);
  const std::vector<Fragment> fragments = {{PackPixel(0, 0, 15), 1}, {PackPixel(0, 0, 15), 2}};
  BlendColors(fragments, std::vector<uint32_t>{101, 200}, 0.5F, samples);
  EXPECT_THAT(PixelOf(samples, 0, 0), Each(126)) << "51, then 125.5, each rounded up";
}

}  // namespace
}  // namespace libero
