#include "policy/cuda/image_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "policy/center_crop.h"
#include "policy/image_transform.h"
#include "policy/jpeg.h"
#include "policy/lanczos_resize.h"
#include "sim/base/counter_random.h"
#include "tests/policy/image_testing.h"

namespace libero {
namespace {

using namespace image_steps;  // NOLINT(google-build-using-namespace): what is tested

// The kernels' work as loops on the CPU.
Image RoundTrip(const Image& frame, int quality) {
  const int size = frame.width;
  const Pixels pixels = {frame.rgb.data(), size};
  std::array<std::vector<uint8_t>, 3> planes;
  for (const Component component : {kLuma, kBlue, kRed}) {
    const JpegTable table = MakeJpegTable(component, quality);
    const int side = component == kLuma ? size : size / 2;
    std::vector<uint8_t>& plane = planes[component];
    plane.resize(static_cast<size_t>(side) * static_cast<size_t>(side));
    for (int top = 0; top < side; top += 8) {
      for (int left = 0; left < side; left += 8) {
        std::array<int, 64> block{};
        for (int i = 0; i < 64; ++i) {
          block[static_cast<size_t>(i)] = SampleAt(pixels, component, left + i % 8, top + i / 8);
        }
        CodeBlock(block, table);
        for (int i = 0; i < 64; ++i) {
          const int index = (top + i / 8) * side + left + i % 8;
          plane[static_cast<size_t>(index)] = static_cast<uint8_t>(block[static_cast<size_t>(i)]);
        }
      }
    }
  }
  Image result = {size, size, std::vector<uint8_t>(frame.rgb.size())};
  const Planes decoded = {planes[kLuma].data(), planes[kBlue].data(), planes[kRed].data(), size};
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const int index = (y * size + x) * 3;
      DecodePixel(decoded, x, y, result.rgb.data() + index);
    }
  }
  return result;
}

// Pictures of every kind: noise of any amplitude about any brightness, and blocks of two colours.
Image RandomFrame(int index) {
  constexpr int kSide = 64;
  CounterRandom random("image steps", static_cast<uint64_t>(index));
  Image frame = {kSide, kSide, std::vector<uint8_t>(kSide * kSide * 3)};
  const double amplitude = random.Uniform(0, 160);
  const double middle = random.Uniform(0, 255);
  for (size_t i = 0; i < frame.rgb.size(); ++i) {
    const double value =
        index % 4 == 0 ? (random.Bits() % 2) * 255 : middle + random.Uniform(-amplitude, amplitude);
    frame.rgb[i] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
  }
  return frame;
}

TEST(ImageStepsTest, RoundTripEqualsTensorFlow) {
  for (const auto& [name, frame, sizes] : ReferenceFrames()) {
    const Image expected = ReadReference(name + ".turned", frame.width);
    EXPECT_EQ(Compare(RoundTrip(frame, 95), expected).num_bytes, 0) << name;
  }
}

TEST(ImageStepsTest, RoundTripEqualsLibjpeg) {
  for (int index = 0; index < 60; ++index) {
    const int quality = index < 20 ? 95 : 1 + index * 37 % 100;
    const Image frame = RandomFrame(index);
    const Image expected = JpegRoundTrip(Turned(frame), quality);
    EXPECT_EQ(Compare(RoundTrip(frame, quality), expected).num_bytes, 0)
        << index << ", quality " << quality;
  }
}

// What the kernels for resizing and cropping do, as loops: to bytes from bytes.
Image ResizeAndCrop(const Image& image, int size, double area) {
  const std::vector<ResampleSpan> spans = LanczosSpans(image.width, size);
  const int num_weights = 16;
  std::vector<int> begins;
  std::vector<float> weights;
  for (const ResampleSpan& span : spans) {
    begins.push_back(span.begin);
    weights.insert(weights.end(), span.weights.begin(), span.weights.end());
    weights.resize(begins.size() * num_weights);
  }
  const Spans padded = {begins.data(), weights.data(), num_weights, image.width};
  const int stride = image.width * 3;
  std::vector<float> rows;
  for (int y = 0; y < size; ++y) {
    for (int i = 0; i < stride; ++i) {
      rows.push_back(SumSpan(padded, y, image.rgb.data() + i, stride));
    }
  }
  const auto resized = [&](int x, int y, int c) {
    return RoundToByte(SumSpan(padded, x, rows.data() + y * stride + c, 3));
  };
  Image result = {size, size, {}};
  const std::vector<BilinearTap> taps = CenterCropTaps(size, area);
  for (const BilinearTap& y : taps) {
    for (const BilinearTap& x : taps) {
      for (int c = 0; c < 3; ++c) {
        const std::array<uint8_t, 4> corners = {
            resized(x.below, y.below, c), resized(x.above, y.below, c),
            resized(x.below, y.above, c), resized(x.above, y.above, c)};
        result.rgb.push_back(Interpolate(corners, x.fraction, y.fraction));
      }
    }
  }
  return result;
}

TEST(ImageStepsTest, ResizeAndCropEqualTensorFlow) {
  for (const auto& [name, frame, sizes] : ReferenceFrames()) {
    const Image image = ReadReference(name + ".turned", frame.width);
    for (const int size : sizes) {
      const Image expected = ReadReference(fmt::format("{}.{}.crop", name, size), size);
      EXPECT_EQ(Compare(ResizeAndCrop(image, size, 0.9), expected).num_bytes, 0)
          << name << ' ' << size;
    }
  }
}

}  // namespace
}  // namespace libero
