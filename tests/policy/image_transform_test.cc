#include "policy/image_transform.h"

#include <fmt/format.h>

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/center_crop.h"
#include "policy/jpeg.h"
#include "policy/lanczos_resize.h"
#include "sim/base/check.h"
#include "tests/policy/image_testing.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kQuality = 95;
constexpr double kArea = 0.9;

// Each step is given what TensorFlow gave its own, so that a difference is that step's.

TEST(JpegTest, EqualsTensorFlow) {
  for (const auto& [name, frame, sizes] : ReferenceFrames()) {
    const Image expected = ReadReference(name + ".turned", frame.width);
    EXPECT_EQ(Compare(JpegRoundTrip(Turned(frame), kQuality), expected).num_bytes, 0) << name;
  }
}

TEST(LanczosResizeTest, EqualsTensorFlow) {
  for (const auto& [name, frame, sizes] : ReferenceFrames()) {
    const Image image = ReadReference(name + ".turned", frame.width);
    for (const int size : sizes) {
      const Image expected = ReadReference(fmt::format("{}.{}", name, size), size);
      const Image resized = LanczosResize(frame.width, frame.height, size).Apply(image);
      EXPECT_EQ(Compare(resized, expected).num_bytes, 0) << name << ' ' << size;
    }
  }
}

TEST(CenterCropTest, EqualsTensorFlow) {
  for (const auto& [name, frame, sizes] : ReferenceFrames()) {
    for (const int size : sizes) {
      const Image image = ReadReference(fmt::format("{}.{}", name, size), size);
      const Image expected = ReadReference(fmt::format("{}.{}.crop", name, size), size);
      EXPECT_EQ(Compare(CenterCrop(size, kArea).Apply(image), expected).num_bytes, 0)
          << name << ' ' << size;
    }
  }
}

TEST(ImageTransformTest, EqualsTensorFlow) {
  for (const auto& [name, frame, sizes] : ReferenceFrames()) {
    for (const int size : sizes) {
      const ImageTransform transform({.frame_size = frame.width, .size = size});
      const Image expected = ReadReference(fmt::format("{}.{}.crop", name, size), size);
      EXPECT_EQ(Compare(transform.Apply(frame), expected).num_bytes, 0) << name << ' ' << size;
    }
  }
}

TEST(ImageTransformTest, TurnsByHalf) {
  const Image frame = {2, 2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  EXPECT_EQ(Turned(frame).rgb, std::vector<uint8_t>({10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3}));
}

TEST(ImageTransformTest, KeepsTheFrameIfNothingIsToBeDone) {
  const Image frame = ReferenceFrames()[1].frame;
  const ImageTransform transform(
      {.frame_size = 128, .size = 128, .jpeg_quality = 0, .crop_area = 1});
  EXPECT_EQ(transform.Apply(frame).rgb, Turned(frame).rgb);
}

TEST(ImageTransformTest, RefusesFramesOfAnotherSize) {
  const ImageTransform transform({.frame_size = 128, .size = 64});
  EXPECT_THAT(
      [&] {
        (void)transform.Apply({256, 128, {}});
      },
      ThrowsMessage<Error>(HasSubstr("got a frame of 256x128, expected 128x128")));
}

TEST(ImageTransformTest, RefusesNumbersOutOfRange) {
  const auto expect = [](const ImageTransformOptions& options, const char* part) {
    EXPECT_THAT([&] { CheckImageTransformOptions(options); },
                ThrowsMessage<Error>(HasSubstr(part)));
  };
  CheckImageTransformOptions({});
  expect({.frame_size = 0}, "at least 16");
  expect({.jpeg_quality = 101}, "JPEG quality 101");
  expect({.crop_area = 0}, "a crop of 0");
  expect({.crop_area = 1.1}, "a crop of 1.1");
  EXPECT_THROW(ImageTransform({.frame_size = 0}), Error);
}

// All bytes in both scales, as torchvision computes them.
TEST(ImageTransformTest, NormalizesAsTorchvision) {
  Image image = {256, 1, {}};
  for (int byte = 0; byte < 256; ++byte) {
    image.rgb.insert(image.rgb.end(), 3, static_cast<uint8_t>(byte));
  }
  std::vector<float> pixels(6 * 256);
  NormalizeImage(image, std::vector<ChannelScale>{kImageNetScale, kSigLipScale}, pixels);

  std::ifstream file(std::string(LIBERO_GOLDEN_DIR) + "/image_transform/pixels.txt");
  for (size_t byte = 0; byte < 256; ++byte) {
    for (size_t channel = 0; channel < 6; ++channel) {
      float expected = 0;
      ASSERT_TRUE(file >> expected);
      EXPECT_EQ(pixels[channel * 256 + byte], expected) << byte << ' ' << channel;
    }
  }
}

}  // namespace
}  // namespace libero
