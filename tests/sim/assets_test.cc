#include "sim/assets.h"

#include <png.h>

#include <cstring>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/model.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class AssetsTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root_ / "plain");
    std::ofstream(root_ / "plain" / "mesh.obj") << std::string(100000, 'v');
    WritePng(root_ / "plain" / "image.png");
  }

  // A 64 × 64 RGBA image with a hidden colour under each transparent texel.
  static void WritePng(const fs::path& path) {
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    png.width = png.height = 64;
    png.format = PNG_FORMAT_RGBA;
    std::vector<uint8_t> rgba(PNG_IMAGE_SIZE(png));
    for (size_t i = 0; i < rgba.size(); ++i) {
      rgba[i] = static_cast<uint8_t>(i % 4 == 3 ? i % 5 * 51 : i * 7 / 3);
    }
    ASSERT_NE(png_image_write_to_file(&png, path.c_str(), 0, rgba.data(), 0, nullptr), 0);
  }

  static MjModelPtr TextureOf(const fs::path& root) {
    return CompileModel(root, {.text = R"(<mujoco><asset>
        <texture name="t" type="2d" file="image.png"/></asset></mujoco>)",
                               .asset_files = {"image.png"}});
  }

  TestFolder root_;
};

TEST_F(AssetsTest, PacksAndUnpacksFiles) {
  const size_t size = PackAsset(root_ / "plain", "mesh.obj", root_ / "packed");
  EXPECT_LT(size, 1000);
  EXPECT_FALSE(IsPacked(root_ / "plain", "mesh.obj"));
  EXPECT_TRUE(IsPacked(root_ / "packed", "mesh.obj"));
  EXPECT_EQ(ReadAsset(root_ / "packed", "mesh.obj"), ReadAsset(root_ / "plain", "mesh.obj"));
}

TEST_F(AssetsTest, PackedImagesMakeTheSameTexture) {
  PackAsset(root_ / "plain", "image.png", root_ / "packed");
  EXPECT_EQ(AssetPath(root_ / "packed", "image.png").extension(), ".webp");
  const MjModelPtr plain = TextureOf(root_ / "plain");
  const MjModelPtr packed = TextureOf(root_ / "packed");
  ASSERT_EQ(plain->ntexdata, packed->ntexdata);
  EXPECT_EQ(std::memcmp(plain->tex_data, packed->tex_data, static_cast<size_t>(plain->ntexdata)),
            0);
}

TEST_F(AssetsTest, SaysWhichFileIsMissingOrDamaged) {
  EXPECT_THAT([&] { (void)ReadAsset(root_ / "plain", "none.obj"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("cannot read"), HasSubstr("none.obj"))));
  PackAsset(root_ / "plain", "mesh.obj", root_ / "packed");
  PackAsset(root_ / "plain", "image.png", root_ / "packed");
  for (const char* name : {"mesh.obj", "image.png"}) {
    const fs::path path = AssetPath(root_ / "packed", name);
    fs::resize_file(path, fs::file_size(path) / 2);
    EXPECT_THAT([&] { (void)ReadAsset(root_ / "packed", name); },
                ThrowsMessage<Error>(AllOf(HasSubstr(path.string()), HasSubstr("damaged"))));
  }
}

}  // namespace
}  // namespace libero
