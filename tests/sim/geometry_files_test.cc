#include "sim/geometry_files.h"

#include <png.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/base/npy.h"
#include "tests/golden/frames.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::ThrowsMessage;

class GeometryFilesTest : public testing::Test {
 protected:
  // Two rows of two pixels: below, the second body's geom and site; above, the world's and nothing.
  MjModelPtr model_ = CompileModel(".", {.text = R"(<mujoco><worldbody>
      <geom size="1"/>
      <body><geom size="1"/><body><geom size="1"/><site size="1"/></body></body>
    </worldbody></mujoco>)"});
  GeometryImage image_ = {.width = 2,
                          .height = 2,
                          .depth = {0.5F, 1.2344F, 70.0F, 100.0F},
                          .object_type = {mjOBJ_GEOM, mjOBJ_SITE, mjOBJ_GEOM, -1},
                          .object_id = {2, 0, 0, -1}};
  TestFolder folder_;
};

TEST_F(GeometryFilesTest, FindsTheBodyOfGeomsAndSites) {
  EXPECT_THAT(BodyIds(*model_, image_), ElementsAre(2, 2, 0, -1));
}

TEST_F(GeometryFilesTest, WritesDepthInMetres) {
  WriteDepth(folder_ / "depth.npy", image_);
  const NdArray array = ReadNpy(folder_ / "depth.npy");
  EXPECT_EQ(array.dtype, DType::kF32);
  EXPECT_THAT(array.shape, ElementsAre(2, 2));
  EXPECT_THAT(array.values<float>(), ElementsAre(70.0F, 100.0F, 0.5F, 1.2344F));
}

TEST_F(GeometryFilesTest, WritesDepthInMillimetres) {
  WriteDepth(folder_ / "depth.png", image_);
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_file(&png, (folder_ / "depth.png").c_str()), 0);
  EXPECT_EQ(png.format, PNG_FORMAT_LINEAR_Y) << "16 bits of grey";
  std::vector<uint16_t> values(4);
  ASSERT_NE(png_image_finish_read(&png, nullptr, values.data(), 0, nullptr), 0);
  EXPECT_THAT(values, ElementsAre(65535, 0, 500, 1234)) << "too far, nothing, the others";
}

TEST_F(GeometryFilesTest, WritesIdsTypesAndBodies) {
  WriteSegmentation(folder_ / "ids.npy", *model_, image_);
  const NdArray array = ReadNpy(folder_ / "ids.npy");
  EXPECT_EQ(array.dtype, DType::kI32);
  EXPECT_THAT(array.shape, ElementsAre(2, 2, 3));
  EXPECT_THAT(array.values<int32_t>(), ElementsAre(0, mjOBJ_GEOM, 0, -1, -1, -1,  //
                                                   2, mjOBJ_GEOM, 2, 0, mjOBJ_SITE, 2));
}

TEST_F(GeometryFilesTest, PaintsBodies) {
  WriteSegmentation(folder_ / "ids.png", *model_, image_);
  const Image image = Flipped(ReadPng(folder_ / "ids.png"));
  const auto pixel = [&](size_t i) {
    return std::vector<uint8_t>(image.rgb.begin() + static_cast<ptrdiff_t>(3 * i),
                                image.rgb.begin() + static_cast<ptrdiff_t>(3 * i + 3));
  };
  EXPECT_EQ(pixel(0), pixel(1)) << "a body's geom and site";
  EXPECT_NE(pixel(0), pixel(2));
  EXPECT_THAT(pixel(2), Each(Ge(50)));
  EXPECT_THAT(pixel(3), Each(0)) << "nothing";
}

TEST_F(GeometryFilesTest, RefusesOtherFiles) {
  EXPECT_THAT([&] { WriteDepth(folder_ / "depth.exr", image_); },
              ThrowsMessage<Error>(HasSubstr("expected a name with .png or .npy")));
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

}  // namespace
}  // namespace libero
