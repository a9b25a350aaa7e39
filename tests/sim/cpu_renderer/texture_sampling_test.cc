#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/sim/cpu_renderer/texture_sampling_test.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "sim/cpu_renderer/texture_sampling-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {

// Samples `count` (a multiple of 16) times; coordinates (6 or 9, count): values, x and y
// derivatives of s, of t (and of r, of a cube). Colours (3, count).
void SampleAll(const Texture& texture, const float* coordinates, int count, float* colors) {
  using D = hn::ScalableTag<float>;
  const D d;
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d))) {
    const auto coordinate = [&](int slot) HWY_ATTR {
      const float* first = coordinates + static_cast<ptrdiff_t>(3 * slot) * count + i;
      return TexCoord<D>{hn::LoadU(d, first), hn::LoadU(d, first + count),
                         hn::LoadU(d, first + 2 * static_cast<ptrdiff_t>(count))};
    };
    const Rgb<D> color =
        texture.num_faces == 6
            ? SampleTextureCube(d, texture, coordinate(0), coordinate(1), coordinate(2))
            : SampleTexture2d(d, texture, coordinate(0), coordinate(1));
    hn::StoreU(color.r, d, colors + i);
    hn::StoreU(color.g, d, colors + count + i);
    hn::StoreU(color.b, d, colors + 2 * static_cast<ptrdiff_t>(count) + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cpu_renderer/mip_chain.h"
#include "sim/cpu_renderer/texture_cache.h"

namespace libero {
namespace {

HWY_EXPORT(SampleAll);

using Color = std::array<float, 3>;

// A coordinate and its derivatives.
struct Coordinate {
  float value = 0, dx = 0, dy = 0;
};
using Sample = std::array<Coordinate, 3>;

std::vector<Color> SampleAll(const Texture& texture, const std::vector<Sample>& samples) {
  const size_t count = (samples.size() + 15) / 16 * 16;
  std::vector<float> coordinates(9 * count);
  for (size_t i = 0; i < samples.size(); ++i) {
    for (size_t slot = 0; slot < 3; ++slot) {
      coordinates[3 * slot * count + i] = samples[i][slot].value;
      coordinates[(3 * slot + 1) * count + i] = samples[i][slot].dx;
      coordinates[(3 * slot + 2) * count + i] = samples[i][slot].dy;
    }
  }
  std::vector<float> colors(3 * count);
  HWY_DYNAMIC_DISPATCH(SampleAll)
  (texture, coordinates.data(), static_cast<int>(count), colors.data());
  std::vector<Color> result;
  for (size_t i = 0; i < samples.size(); ++i) {
    result.push_back({colors[i], colors[count + i], colors[2 * count + i]});
  }
  return result;
}

Color SampleOne(const Texture& texture, const Sample& sample) {
  return SampleAll(texture, {sample})[0];
}

// Runs something once for each instruction set that this machine and program have.
void ForEachTarget(const std::function<void(int64_t target)>& run) {
  for (int64_t targets = hwy::SupportedTargets() & HWY_TARGETS; targets != 0;
       targets &= targets - 1) {
    const int64_t target = targets & -targets;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    run(target);
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
}

std::shared_ptr<const Texture> NoiseTexture(int width, int height, int num_faces = 1) {
  std::mt19937 random(static_cast<uint32_t>(width * height));
  std::vector<uint8_t> bytes(static_cast<size_t>(3 * num_faces * width * height));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return TextureCache(std::nullopt)
      .Get({.width = width, .height = height, .num_faces = num_faces, .texels = bytes.data()});
}

// Samples all over a picture or cube, and beyond its edges, of all levels.
std::vector<Sample> RandomSamples(int count) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> value(-2, 2);
  std::uniform_real_distribution<float> log_derivative(-9, 1);
  std::vector<Sample> samples(static_cast<size_t>(count));
  for (Sample& sample : samples) {
    const float scale = std::exp2(log_derivative(random));
    for (Coordinate& coordinate : sample) {
      coordinate = {value(random), scale * value(random), scale * value(random)};
    }
  }
  return samples;
}

// A texel of a level, without its frame.
uint32_t Texel(const MipLevel& level, int face, int x, int y) {
  const ptrdiff_t row = static_cast<ptrdiff_t>(face) * (level.height + 2) + y + 1;
  return level.texels[row * (level.width + 2) + x + 1];
}

// The level of detail, in levels of the whole picture: log2 of a length, straight between powers of
// two of its square.
float ReferenceLevel(const Texture& texture, const Coordinate& s, const Coordinate& t) {
  const auto square = [&](float ds, float dt) {
    const float x = ds * static_cast<float>(texture.width);
    const float y = dt * static_cast<float>(texture.height);
    return x * x + y * y;
  };
  int exponent = 0;
  const float mantissa = std::frexp(std::max(square(s.dx, t.dx), square(s.dy, t.dy)), &exponent);
  return 0.5F * (static_cast<float>(exponent - 2) + 2 * mantissa);
}

int Lerp(int a, int b, int weight) {
  return a + ((weight * (b - a) + 128) >> 8);
}

// Bytes of a bilinear sample of one level of a picture that repeats.
std::array<int, 3> ReferenceBilinear(const MipLevel& level, float s, float t) {
  const auto fixed = [](float value, int size) {
    return static_cast<int>(
               std::nearbyint((value - std::floor(value)) * static_cast<float>(256 * size))) -
           128;
  };
  const int x = fixed(s, level.width);
  const int y = fixed(t, level.height);
  const auto texel = [&](int dx, int dy, int channel) {
    const int column = ((x >> 8) + dx + level.width) % level.width;
    const int row = ((y >> 8) + dy + level.height) % level.height;
    return static_cast<int>(Texel(level, 0, column, row) >> 8 * channel & 255);
  };
  std::array<int, 3> color{};
  for (int c = 0; c < 3; ++c) {
    color[static_cast<size_t>(c)] = Lerp(Lerp(texel(0, 0, c), texel(1, 0, c), x & 255),
                                         Lerp(texel(0, 1, c), texel(1, 1, c), x & 255), y & 255);
  }
  return color;
}

Color ReferenceSample(const Texture& texture, const Sample& sample) {
  const float last = static_cast<float>(texture.num_levels - 1);
  const float level = std::clamp(
      ReferenceLevel(texture, sample[0], sample[1]) - static_cast<float>(texture.first_level), 0.0F,
      last);
  const int fixed = static_cast<int>(level * 256);
  const int slot = fixed >> 8;
  const auto finer = ReferenceBilinear(texture.levels[slot], sample[0].value, sample[1].value);
  const auto coarser = ReferenceBilinear(texture.levels[std::min(slot + 1, texture.num_levels - 1)],
                                         sample[0].value, sample[1].value);
  Color color{};
  for (size_t c = 0; c < 3; ++c) {
    color[c] = static_cast<float>(Lerp(finer[c], coarser[c], fixed & 255)) * (1.0F / 255);
  }
  return color;
}

TEST(TextureSamplingTest, PicturesEqualTheReference) {
  const std::vector<Sample> samples = RandomSamples(4096);
  for (const auto& [width, height] : {std::pair(64, 64), {37, 50}, {128, 3}, {1, 1}, {1500, 8}}) {
    const auto texture = NoiseTexture(width, height);
    const std::vector<Color> colors = SampleAll(*texture, samples);
    for (size_t i = 0; i < samples.size(); ++i) {
      ASSERT_EQ(colors[i], ReferenceSample(*texture, samples[i])) << width << " " << i;
    }
  }
}

TEST(TextureSamplingTest, AllInstructionSetsGiveTheSameBits) {
  const std::vector<Sample> samples = RandomSamples(4096);
  for (const auto& texture : {NoiseTexture(64, 64), NoiseTexture(37, 50), NoiseTexture(32, 32, 6),
                              NoiseTexture(5, 5, 6)}) {
    const std::vector<Color> expected = SampleAll(*texture, samples);
    int num_targets = 0;
    ForEachTarget([&](int64_t target) {
      const std::vector<Color> colors = SampleAll(*texture, samples);
      EXPECT_EQ(std::memcmp(colors.data(), expected.data(), expected.size() * sizeof(Color)), 0)
          << hwy::TargetName(target);
      ++num_targets;
    });
    EXPECT_GE(num_targets, 1);
  }
}

TEST(TextureSamplingTest, LanesDoNotKnowOfEachOther) {
  const std::vector<Sample> samples = RandomSamples(160);
  for (const auto& texture : {NoiseTexture(37, 50), NoiseTexture(32, 32, 6)}) {
    const std::vector<Color> colors = SampleAll(*texture, samples);
    for (size_t i = 0; i < samples.size(); ++i) {
      ASSERT_EQ(SampleOne(*texture, samples[i]), colors[i]);
    }
  }
}

TEST(TextureSamplingTest, PicturesRepeat) {
  const auto texture = NoiseTexture(16, 8);
  for (const float s : {0.0F, 0.015625F, 0.5F, 0.984375F}) {
    const Color color = SampleOne(*texture, {{{s}, {0.25F}}});
    EXPECT_EQ(SampleOne(*texture, {{{s + 3}, {0.25F}}}), color);
    EXPECT_EQ(SampleOne(*texture, {{{s - 1}, {-1.75F}}}), color);
  }
}

// A picture whose levels have one grey each: 0, 32, 64, 96, ...; only those from `first_level` on.
struct GreyLevels {
  explicit GreyLevels(int first_level) {
    const std::vector<uint8_t> bytes(64 * 64 * 3);
    const Texture whole = LayOutMipChain({.width = 64, .height = 64, .texels = bytes.data()});
    texture.width = texture.height = 64;
    texture.first_level = first_level;
    texture.num_levels = whole.num_levels - first_level;
    texels.resize(MipChainTexels(whole));
    for (int i = 0; i < texture.num_levels; ++i) {
      const int level = first_level + i;
      const size_t offset = static_cast<size_t>(whole.level_offsets[level]);
      const size_t end = level + 1 < whole.num_levels
                             ? static_cast<size_t>(whole.level_offsets[level + 1])
                             : texels.size();
      for (size_t j = offset; j < end; ++j) texels[j] = static_cast<uint32_t>(32 * level);
      texture.levels[i] = whole.levels[level];
      texture.levels[i].texels = texels.data() + offset;
      texture.level_offsets[i] = whole.level_offsets[level] - whole.level_offsets[first_level];
    }
  }

  // The red byte where a pixel is as wide as this many texels.
  [[nodiscard]] int Red(float texels_per_pixel) const {
    const float derivative = texels_per_pixel / 64;
    const Color along_x = SampleOne(texture, {{{0.3F, derivative, 0}, {0.6F}}});
    EXPECT_EQ(along_x, SampleOne(texture, {{{0.3F}, {0.6F, 0, -derivative}}}));
    return static_cast<int>(std::lround(255 * along_x[0]));
  }

  Texture texture;
  std::vector<uint32_t> texels;
};

TEST(TextureSamplingTest, PowersOfTwoChooseOneLevel) {
  const GreyLevels grey(0);
  EXPECT_EQ(grey.Red(0), 0);
  EXPECT_EQ(grey.Red(0.5F), 0);
  EXPECT_EQ(grey.Red(1), 0);
  EXPECT_EQ(grey.Red(2), 32);
  EXPECT_EQ(grey.Red(4), 64);
  EXPECT_EQ(grey.Red(64), 192);
  EXPECT_EQ(grey.Red(1000), 192);
  EXPECT_EQ(grey.Red(std::numeric_limits<float>::infinity()), 192);
}

TEST(TextureSamplingTest, LevelsBlendBetweenPowersOfTwo) {
  const GreyLevels grey(0);
  EXPECT_EQ(grey.Red(std::sqrt(8.001F)), 48);  // half a level above 2
  EXPECT_EQ(grey.Red(3), 32 + 18);             // 9 is 1/8 of the way from 8 to 16: level 1 + 9/16
}

TEST(TextureSamplingTest, LongerDerivativeDecides) {
  const GreyLevels grey(0);
  const Sample sample = {{{0, 1.0F / 64, 3.0F / 64}, {0, 0, 4.0F / 64}}};  // lengths 1 and 5
  const Color color = SampleOne(grey.texture, sample);
  EXPECT_EQ(std::lround(255 * color[0]), grey.Red(5));
}

TEST(TextureSamplingTest, MissingLevelsAreTheNearestOne) {
  const GreyLevels grey(2);
  EXPECT_EQ(grey.Red(0), 64);
  EXPECT_EQ(grey.Red(2), 64);
  EXPECT_EQ(grey.Red(4), 64);
  EXPECT_EQ(grey.Red(8), 96);
  EXPECT_EQ(grey.Red(1000), 192);
}

// A cube of faces of one grey, 10, 20, ..., of all levels.
std::shared_ptr<const Texture> FlatCube(int size) {
  std::vector<uint8_t> bytes;
  for (int face = 1; face <= 6; ++face) {
    bytes.insert(bytes.end(), static_cast<size_t>(3 * size * size),
                 static_cast<uint8_t>(10 * face));
  }
  return TextureCache(std::nullopt)
      .Get({.width = size, .height = size, .num_faces = 6, .texels = bytes.data()});
}

float Grey(const Texture& cube, float x, float y, float z) {
  return 255 * SampleOne(cube, {{{x}, {y}, {z}}})[0];
}

constexpr float kGreyTolerance = 1e-4F;  // of 255; floats of about that size, some of them rounded

TEST(TextureSamplingTest, DirectionsMeetTheFacesOfCubes) {
  const auto cube = FlatCube(8);
  for (const float length : {0.01F, 1.0F, 300.0F}) {
    EXPECT_NEAR(Grey(*cube, length, 0, 0), 10, kGreyTolerance);
    EXPECT_NEAR(Grey(*cube, -length, 0, 0), 20, kGreyTolerance);
    EXPECT_NEAR(Grey(*cube, 0, length, 0), 30, kGreyTolerance);
    EXPECT_NEAR(Grey(*cube, 0, -length, 0), 40, kGreyTolerance);
    EXPECT_NEAR(Grey(*cube, 0, 0, length), 50, kGreyTolerance);
    EXPECT_NEAR(Grey(*cube, 0, 0, -length), 60, kGreyTolerance);
  }
}

TEST(TextureSamplingTest, CubesHaveNoSeams) {
  const auto cube = FlatCube(8);
  EXPECT_NEAR(Grey(*cube, 1, 1, 0.5F), 20, kGreyTolerance);    // +x and +y
  EXPECT_NEAR(Grey(*cube, -1, 0.5F, -1), 40, kGreyTolerance);  // -x and -z
  EXPECT_NEAR(Grey(*cube, 0, -1, 1), 45, kGreyTolerance);      // -y and +z
  EXPECT_NEAR(Grey(*cube, 1, 1, 1), 30, kGreyTolerance);       // +x, +y and +z
  // a quarter of a texel away from the edge
  EXPECT_NEAR(Grey(*cube, 1, 1 - 0.0625F, 0.5F), 15, kGreyTolerance);
}

TEST(TextureSamplingTest, TexelsOfFacesLieAsInOpenGl) {
  // the centre of texel (5, 2) of 8, of each face: (across, down) = (3/8, -3/8)
  const auto cube = NoiseTexture(8, 8, 6);
  const float a = 0.375F;
  const std::array<float, 3> directions[6] = {{1, a, -a}, {-1, a, a}, {a, 1, -a},
                                              {a, -1, a}, {a, a, 1},  {-a, a, -1}};
  for (int face = 0; face < 6; ++face) {
    const auto& [x, y, z] = directions[face];
    const uint32_t texel = Texel(cube->levels[0], face, 5, 2);
    EXPECT_NEAR(Grey(*cube, x, y, z), static_cast<float>(texel & 255), kGreyTolerance) << face;
  }
}

TEST(TextureSamplingTest, LevelsOfCubesFollowTheFacesCoordinates) {
  // 64 texels for 2 units: derivatives of 1/16 at distance 1 are 2 texels, 1 level
  std::vector<uint8_t> bytes(6 * 64 * 64 * 3);
  for (size_t i = 0; i < bytes.size() / 3; ++i) {
    bytes[3 * i] = (i % 64 + i / 64 % 64) % 2 == 0 ? 0 : 254;  // a mean of 127 and 128
  }
  const auto cube = TextureCache(std::nullopt)
                        .Get({.width = 64, .height = 64, .num_faces = 6, .texels = bytes.data()});
  const float center = 1.0F / 64;  // of a texel
  const auto red = [&](float distance, float dx, float dz) {
    const float offset = distance * center;
    return 255 * SampleOne(*cube, {{{offset, dx}, {offset}, {distance, dz}}})[0];
  };
  EXPECT_THAT(red(1, 0, 0),
              testing::AnyOf(testing::FloatNear(0, 1e-3F), testing::FloatNear(254, 1e-3F)));
  EXPECT_NEAR(red(1, 1.0F / 16, 0), 127, kGreyTolerance);
  EXPECT_NEAR(red(2, 1.0F / 8, 0), 127, kGreyTolerance);
  // moving along the direction itself changes nothing
  EXPECT_NEAR(red(1, 0, 0), red(1, center, 1), 1e-3F);
}

TEST(TextureSamplingTest, WhatIsNoNumberGivesSomeTexel) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {std::nanf(""), -std::nanf(""), infinity, -infinity, 3e38F,
                          -3e38F,        1e-45F,         -1e-45F,  0,         1e9F};
  std::vector<Sample> samples;
  for (const float a : values) {
    for (const float b : values) {
      samples.push_back({{{a, b, 0}, {b, 0, a}, {a}}});
      samples.push_back({{{a, 0.01F, 0}, {b, 0, 0.01F}, {0}}});
    }
  }
  for (const auto& texture : {NoiseTexture(64, 64), NoiseTexture(5, 3), NoiseTexture(8, 8, 6)}) {
    ForEachTarget([&](int64_t target) {
      for (const Color& color : SampleAll(*texture, samples)) {
        for (const float value : color) {
          ASSERT_TRUE(value >= 0 && value <= 1) << hwy::TargetName(target);
        }
      }
    });
  }
}

}  // namespace
}  // namespace libero

#endif  // HWY_ONCE
