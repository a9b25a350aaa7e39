#include "sim/cpu_renderer/mip_chain.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// A grey texel.
uint32_t Grey(uint32_t value) {
  return value * 0x00010101U | 0xFF000000U;
}

std::vector<uint32_t> Halved(const std::vector<uint32_t>& greys, int width, int height) {
  std::vector<uint32_t> texels;
  for (const uint32_t grey : greys) texels.push_back(Grey(grey));
  std::vector<uint32_t> halved(static_cast<size_t>(std::max(1, width / 2)) *
                               static_cast<size_t>(std::max(1, height / 2)));
  HalvePicture(texels, width, height, halved);
  for (uint32_t& texel : halved) {
    EXPECT_EQ(texel, Grey(texel & 255));
    texel &= 255;
  }
  return halved;
}

// A chain and its texels.
struct Chain {
  explicit Chain(const TextureSource& source) : texture(LayOutMipChain(source)) {
    texels.resize(MipChainTexels(texture));
    FillMipChain(source, texture, texels);
    PlaceMipChain(texture, texels.data());
  }

  // The red of a texel; x and y from -1 to the size.
  uint32_t Red(int level, int face, int x, int y) const {
    const MipLevel& mip = texture.levels[level];
    const ptrdiff_t row = static_cast<ptrdiff_t>(face) * (mip.height + 2) + y + 1;
    return mip.texels[row * (mip.width + 2) + x + 1] & 255;
  }

  Texture texture;
  std::vector<uint32_t> texels;
};

TEST(MipChainTest, HalvesEvenPicturesToMeansRoundedUpTwice) {
  // rows: (0 + 1 + 1)/2 = 1, (4 + 7 + 1)/2 = 6; columns: (1 + 6 + 1)/2 = 4, of a mean of 3
  EXPECT_THAT(Halved({0, 1, 10, 10, 4, 7, 10, 11}, 4, 2), ElementsAre(4, 11));
}

TEST(MipChainTest, KeepsFlatPictures) {
  for (const uint32_t grey : {0U, 1U, 128U, 255U}) {
    EXPECT_THAT(Halved(std::vector<uint32_t>(4, grey), 2, 2), ElementsAre(grey));
    EXPECT_THAT(Halved(std::vector<uint32_t>(15, grey), 5, 3), ElementsAre(grey, grey));
  }
}

TEST(MipChainTest, SamplesOddPicturesAtTheCentresOfNewTexels) {
  // 3 → 1: the centre of the middle texel
  EXPECT_THAT(Halved({10, 20, 90}, 3, 1), ElementsAre(20));
  // 5 → 2: centres at 1.25 and 3.75 texels, 3/4 of the way from 0.5 to 1.5 and 1/4 from 3.5 to 4.5
  EXPECT_THAT(Halved({0, 100, 0, 200, 100}, 5, 1), ElementsAre(75, 175));
  // the same along columns
  EXPECT_THAT(Halved({0, 100, 0, 200, 100}, 1, 5), ElementsAre(75, 175));
}

TEST(MipChainTest, ChannelsDoNotMix) {
  const std::vector<uint32_t> texels = {0xFF00FF00U, 0x00FF00FFU, 0xFF00FF00U};
  std::vector<uint32_t> halved(1);
  HalvePicture(texels, 3, 1, halved);
  EXPECT_EQ(halved[0], 0x00FF00FFU);
  HalvePicture(texels, 1, 3, halved);
  EXPECT_EQ(halved[0], 0x00FF00FFU);
  HalvePicture(std::vector<uint32_t>{0xFF00FF00U, 0x01FE01FEU, 0xFF00FF00U, 0x01FE01FEU}, 2, 2,
               halved);
  EXPECT_EQ(halved[0], 0x807F807FU);
}

TEST(MipChainTest, HasAllSizesDownToOne) {
  const std::vector<uint8_t> bytes(3 * 20 * 5, 7);
  const Chain chain({.width = 20, .height = 5, .texels = bytes.data()});
  EXPECT_EQ(chain.texture.first_level, 0);
  std::vector<std::pair<int, int>> sizes;
  for (int i = 0; i < chain.texture.num_levels; ++i) {
    const MipLevel& level = chain.texture.levels[i];
    sizes.emplace_back(level.width, level.height);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(level.texels) % 64,
              reinterpret_cast<uintptr_t>(chain.texels.data()) % 64);
    EXPECT_EQ(level.texels - chain.texture.levels[0].texels, chain.texture.level_offsets[i]);
  }
  EXPECT_THAT(sizes, ElementsAre(std::pair(20, 5), std::pair(10, 2), std::pair(5, 1),
                                 std::pair(2, 1), std::pair(1, 1)));
}

TEST(MipChainTest, LeavesLargeLevelsOut) {
  const int width = 2 * kWidestMipLevel + 2;
  std::vector<uint8_t> bytes(3 * static_cast<size_t>(width) * 4, 0);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 37 % 251);
  const Chain chain({.width = width, .height = 4, .texels = bytes.data()});
  EXPECT_EQ(chain.texture.width, width);
  EXPECT_EQ(chain.texture.first_level, 2);
  EXPECT_EQ(chain.texture.levels[0].width, width / 4);
  EXPECT_EQ(chain.texture.levels[0].height, 1);

  // what is left is what it would be
  std::vector<uint32_t> picture;
  for (size_t i = 0; i < bytes.size(); i += 3) picture.push_back(Grey(bytes[i]));
  std::vector<uint32_t> half(static_cast<size_t>(width / 2) * 2);
  std::vector<uint32_t> quarter(static_cast<size_t>(width / 4));
  HalvePicture(picture, width, 4, half);
  HalvePicture(half, width / 2, 2, quarter);
  for (int x = 0; x < width / 4; ++x) {
    EXPECT_EQ(chain.Red(0, 0, x, 0), quarter[static_cast<size_t>(x)] & 255);
  }
}

TEST(MipChainTest, KeepsTallLevels) {
  const std::vector<uint8_t> bytes(3 * 2 * 2000);
  const Chain chain({.width = 2, .height = 2000, .texels = bytes.data()});
  EXPECT_EQ(chain.texture.first_level, 0);
  EXPECT_EQ(chain.texture.num_levels, 11);
}

TEST(MipChainTest, FramesOfPicturesAreTheOppositeEdges) {
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 6; ++i) bytes.insert(bytes.end(), {static_cast<uint8_t>(i), 0, 0});
  const Chain chain({.width = 3, .height = 2, .texels = bytes.data()});
  for (int y = -1; y <= 2; ++y) {
    for (int x = -1; x <= 3; ++x) {
      EXPECT_EQ(chain.Red(0, 0, x, y), static_cast<uint32_t>((y + 2) % 2 * 3 + (x + 3) % 3));
    }
  }
}

// Faces of 2×2 whose texels are 40·face + 10·row + column.
std::vector<uint8_t> CubeBytes() {
  std::vector<uint8_t> bytes;
  for (int face = 0; face < 6; ++face) {
    for (const int texel : {0, 1, 10, 11}) {
      bytes.insert(bytes.end(), {static_cast<uint8_t>(40 * face + texel), 0, 0});
    }
  }
  return bytes;
}

TEST(MipChainTest, FramesOfCubesAreTheNeighbouringFaces) {
  const std::vector<uint8_t> bytes = CubeBytes();
  const Chain chain({.width = 2, .height = 2, .num_faces = 6, .texels = bytes.data()});
  // +x (row: y down, column: z down): left of it lies +z's right column, right of it -z's left one,
  // above it +y's right column from its bottom (z = 1) up, below it -y's right one from its top
  // down
  EXPECT_EQ(chain.Red(0, 0, -1, 0), 160U + 1);
  EXPECT_EQ(chain.Red(0, 0, -1, 1), 160U + 11);
  EXPECT_EQ(chain.Red(0, 0, 2, 0), 200U);
  EXPECT_EQ(chain.Red(0, 0, 2, 1), 200U + 10);
  EXPECT_EQ(chain.Red(0, 0, 0, -1), 80U + 11);
  EXPECT_EQ(chain.Red(0, 0, 1, -1), 80U + 1);
  EXPECT_EQ(chain.Red(0, 0, 0, 2), 120U + 1);
  EXPECT_EQ(chain.Red(0, 0, 1, 2), 120U + 11);
  // where three faces meet, their mean
  EXPECT_EQ(chain.Red(0, 0, -1, -1), (0U + 161 + 91 + 1) / 3);
}

TEST(MipChainTest, OnePictureMayBeAllFaces) {
  const std::vector<uint8_t> bytes = CubeBytes();
  const Chain chain(
      {.width = 2, .height = 2, .num_faces = 6, .repeats_face = true, .texels = bytes.data()});
  for (int face = 0; face < 6; ++face) {
    EXPECT_EQ(chain.Red(0, face, 1, 1), 11U);
    EXPECT_EQ(chain.Red(1, face, 0, 0), 6U);  // of (0 + 1)/2 and (10 + 11)/2, rounded up
  }
}

TEST(MipChainTest, RefusesWhatIsNoTexture) {
  const std::vector<uint8_t> bytes(100);
  const auto refuses = [&](TextureSource source) {
    source.texels = bytes.data();
    EXPECT_THAT([&] { (void)LayOutMipChain(source); },
                ThrowsMessage<Error>(HasSubstr("can be drawn")));
  };
  refuses({.width = 0, .height = 4});
  refuses({.width = 1 << 16, .height = 4});
  refuses({.width = 4, .height = 4, .num_channels = 1});
  refuses({.width = 2, .height = 4, .num_faces = 6});
  refuses({.width = 2, .height = 2, .num_faces = 2});
}

}  // namespace
}  // namespace libero
