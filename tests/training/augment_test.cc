#include "training/augment.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/center_crop.h"
#include "tests/golden/frames.h"
#include "training/planar_image.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

// A case of tests/golden/augment.py.
struct ReferenceCase {
  std::string input;
  std::string op;
  Augmentation augmentation;
  Image output;
};

std::vector<ReferenceCase> ReadCases() {
  const fs::path folder = fs::path(LIBERO_GOLDEN_DIR) / "augment";
  std::ifstream list(folder / "cases.txt");
  std::vector<ReferenceCase> cases;
  size_t num_bytes = 0;
  ReferenceCase next;
  Augmentation& a = next.augmentation;
  int size = 0;
  while (list >> next.input >> size >> next.op >> a.top >> a.left >> a.brightness >> a.contrast >>
         a.saturation >> a.hue) {
    const auto num_case_bytes = static_cast<size_t>(size * size * 3);
    next.output = {size, size, std::vector<uint8_t>(num_case_bytes)};
    num_bytes += num_case_bytes;
    cases.push_back(next);
  }
  std::ifstream file(folder / "outputs.z", std::ios::binary);
  const std::vector<char> packed(std::istreambuf_iterator<char>(file), {});
  std::vector<uint8_t> bytes(num_bytes);
  uLongf num_unpacked = num_bytes;
  EXPECT_EQ(uncompress(bytes.data(), &num_unpacked, reinterpret_cast<const Bytef*>(packed.data()),
                       packed.size()),
            Z_OK);
  EXPECT_EQ(num_unpacked, num_bytes);
  const uint8_t* next_byte = bytes.data();
  for (ReferenceCase& reference : cases) {
    std::copy_n(next_byte, reference.output.rgb.size(), reference.output.rgb.begin());
    next_byte += reference.output.rgb.size();
  }
  return cases;
}

Image ReadInput(const std::string& name) {
  return ReadPng(fs::path(LIBERO_GOLDEN_DIR) / "augment" / (name + ".png"));
}

// One adjustment alone, or all in a chain.
Image Apply(const Image& image, const std::string& op, const Augmentation& augmentation) {
  if (op == "chain") return Augment(image, augmentation);
  const float side = std::sqrt(kAugmentationArea);
  const auto crop = [&](float top, float left, float length) {
    return Crop(image, CropTaps(image.height, top, top + length),
                CropTaps(image.width, left, left + length));
  };
  if (op == "crop") return ToBytes(crop(augmentation.top, augmentation.left, side));
  PlanarImage planes = crop(0, 0, 1);
  if (op == "brightness") AdjustBrightness(planes, augmentation.brightness);
  if (op == "contrast") AdjustContrast(planes, augmentation.contrast);
  if (op == "saturation") AdjustSaturation(planes, augmentation.saturation);
  if (op == "hue") AdjustHue(planes, augmentation.hue);
  return ToBytes(planes);
}

TEST(AugmentTest, EqualsTensorFlow) {
  std::set<std::string> ops;
  for (const ReferenceCase& reference : ReadCases()) {
    const Image output = Apply(ReadInput(reference.input), reference.op, reference.augmentation);
    EXPECT_EQ(Compare(output, reference.output).num_bytes, 0)
        << reference.input << ' ' << reference.op;
    ops.insert(reference.op);
  }
  EXPECT_EQ(ops.size(), 6U);
}

TEST(AugmentTest, DrawsCoverTheirRanges) {
  const float room = 1 - std::sqrt(kAugmentationArea);
  Augmentation least;
  Augmentation most;
  const auto fields = [](Augmentation& a) {
    return std::array{&a.top, &a.left, &a.brightness, &a.contrast, &a.saturation, &a.hue};
  };
  for (uint64_t step = 0; step < 2000; ++step) {
    CounterRandom random("augment", step);
    Augmentation draw = DrawAugmentation(random, false);
    for (size_t i = 0; i < 6; ++i) {
      float& low = *fields(least)[i];
      float& high = *fields(most)[i];
      const float value = *fields(draw)[i];
      low = step == 0 ? value : std::min(low, value);
      high = step == 0 ? value : std::max(high, value);
    }
  }
  const std::array<float, 6> lows = {0, 0, -0.2F, 0.8F, 0.8F, -0.05F};
  const std::array<float, 6> highs = {room, room, 0.2F, 1.2F, 1.2F, 0.05F};
  for (size_t i = 0; i < 6; ++i) {
    const float part = (highs[i] - lows[i]) / 100;
    EXPECT_GE(*fields(least)[i], lows[i]) << i;
    EXPECT_LE(*fields(least)[i], lows[i] + part) << i;
    EXPECT_LE(*fields(most)[i], highs[i]) << i;
    EXPECT_GE(*fields(most)[i], highs[i] - part) << i;
  }
}

TEST(AugmentTest, CropsLieOnTheDiagonalIfAsked) {
  std::set<bool> on_diagonal;
  for (uint64_t step = 0; step < 20; ++step) {
    CounterRandom one("augment", step);
    CounterRandom other("augment", step);
    const Augmentation diagonal = DrawAugmentation(one, true);
    Augmentation free = DrawAugmentation(other, false);
    EXPECT_EQ(diagonal.top, diagonal.left);
    on_diagonal.insert(free.top == free.left);
    free.left = diagonal.left;
    EXPECT_EQ(free, diagonal) << "all else is drawn alike";
  }
  EXPECT_THAT(on_diagonal, testing::ElementsAre(false));
}

TEST(AugmentTest, CropsReachTheLastPixel) {
  const float side = std::sqrt(kAugmentationArea);
  Image image = {64, 64, std::vector<uint8_t>(64 * 64 * 3, 255)};
  const Image result = Augment(image, {.top = 1 - side, .left = 1 - side});
  EXPECT_THAT(result.rgb, testing::Each(255));
}

TEST(AugmentTest, KeepsGreysGrey) {
  Image image = {256, 256, {}};
  for (int i = 0; i < 256 * 256; ++i) image.rgb.insert(image.rgb.end(), 3, static_cast<uint8_t>(i));
  const Image result = Augment(image, {.saturation = 1.2F, .hue = 0.05F});
  for (size_t i = 0; i < result.rgb.size(); i += 3) {
    ASSERT_EQ(result.rgb[i], result.rgb[i + 1]);
    ASSERT_EQ(result.rgb[i], result.rgb[i + 2]);
  }
}

}  // namespace
}  // namespace libero
