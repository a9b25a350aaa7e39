#include "sim/png_file.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/golden/frames.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

class PngFileTest : public testing::Test {
 protected:
  // Every pixel differs from its neighbours and from those of other rows.
  static Image MakeImage(int width, int height) {
    Image image = {width, height, {}};
    for (int i = 0; i < 3 * width * height; ++i) {
      image.rgb.push_back(static_cast<uint8_t>(i * 7 + i / 256));
    }
    return image;
  }

  TestFolder folder_;
};

TEST_F(PngFileTest, StandsRightSideUp) {
  for (const auto& [width, height] : {std::pair(5, 3), {1, 1}, {1, 700}, {640, 2}}) {
    const Image image = MakeImage(width, height);
    WritePng(folder_ / "a.png", image);
    const Image read = ReadPng(folder_ / "a.png");
    EXPECT_EQ(read.width, width);
    EXPECT_EQ(read.height, height);
    EXPECT_EQ(read.rgb, Flipped(image).rgb);
  }
}

TEST_F(PngFileTest, NamesTheFileThatCannotBeWritten) {
  const fs::path path = folder_ / "missing" / "a.png";
  EXPECT_THAT([&] { WritePng(path, MakeImage(2, 2)); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("cannot write " + path.string())));
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

}  // namespace
}  // namespace libero
