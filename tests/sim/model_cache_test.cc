#include "sim/model_cache.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

// A scene with textures larger than the smallest piece, 192 KiB each.
SceneMjcf SceneWithTextures(const std::string& color) {
  return {.text = fmt::format(R"(<mujoco><asset>
      <texture name="a" type="2d" builtin="checker" width="256" height="256" rgb1="1 0 0"/>
      <texture name="b" type="2d" builtin="flat" width="256" height="256" rgb1="{}"/>
      <material name="a" texture="a"/></asset>
      <worldbody><body><freejoint/><geom size="0.1"/></body></worldbody></mujoco>)",
                              color)};
}

class ModelCacheTest : public testing::Test {
 protected:
  [[nodiscard]] std::vector<fs::path> Pieces() const {
    std::vector<fs::path> pieces;
    for (const auto& entry : fs::directory_iterator(folder_ / "pieces")) pieces.push_back(entry);
    return pieces;
  }

  TestFolder parent_;
  fs::path folder_ = parent_ / "scenes";  // not there yet
  ModelCache cache_{folder_};
  std::string problem_;
};

void ExpectEqual(const mjModel& a, const mjModel& b) {
  EXPECT_EQ(ModelSizes(a), ModelSizes(b));
  const std::vector<ModelArray> expected = ModelArrays(a);
  const std::vector<ModelArray> actual = ModelArrays(b);
  for (size_t i = 0; i < expected.size(); ++i) {
    const size_t size = expected[i].num_values * expected[i].value_size;
    EXPECT_TRUE(size == 0 || std::memcmp(expected[i].data, actual[i].data, size) == 0)
        << expected[i].name;
  }
}

TEST_F(ModelCacheTest, GivesBackWhatWasStored) {
  const MjModelPtr model = CompileModel(".", SceneWithTextures("0 1 0"));
  EXPECT_EQ(cache_.Load("k", problem_), nullptr);
  EXPECT_EQ(problem_, "") << "nothing stored is no problem";
  cache_.Store("k", *model);
  const MjModelPtr loaded = cache_.Load("k", problem_);
  ASSERT_NE(loaded, nullptr) << problem_;
  ExpectEqual(*model, *loaded);
}

TEST_F(ModelCacheTest, SharesTexturesBetweenScenes) {
  cache_.Store("1", *CompileModel(".", SceneWithTextures("0 1 0")));
  EXPECT_EQ(Pieces().size(), 2);
  cache_.Store("2", *CompileModel(".", SceneWithTextures("0 0 1")));
  EXPECT_EQ(Pieces().size(), 3);
}

TEST_F(ModelCacheTest, CutsAtTextures) {
  const MjModelPtr model = CompileModel(".", SceneWithTextures("0 1 0"));
  const std::vector<size_t> cuts = CutPoints(*model);
  EXPECT_EQ(cuts.front(), 0);
  EXPECT_EQ(cuts.back(), static_cast<size_t>(mj_sizeModel(model.get())));
  const auto size = static_cast<size_t>(model->tex_adr[1] - model->tex_adr[0]);
  bool found = false;
  for (size_t i = 0; i + 1 < cuts.size(); ++i) found |= cuts[i + 1] - cuts[i] == size;
  EXPECT_TRUE(found);
}

TEST_F(ModelCacheTest, ReportsDamageAndRepairsItWhenStoredAgain) {
  const MjModelPtr model = CompileModel(".", SceneWithTextures("0 1 0"));
  cache_.Store("k", *model);
  const fs::path piece = Pieces()[0];
  std::fstream(piece, std::ios::in | std::ios::out | std::ios::binary).seekp(1000).put('x');
  EXPECT_EQ(cache_.Load("k", problem_), nullptr);
  EXPECT_THAT(problem_, HasSubstr(piece.filename().string() + " is damaged"));
  fs::resize_file(piece, 100);
  EXPECT_EQ(cache_.Load("k", problem_), nullptr);
  EXPECT_THAT(problem_, HasSubstr("is missing or cut"));
  cache_.Store("k", *model);
  EXPECT_NE(cache_.Load("k", problem_), nullptr) << problem_;
}

TEST_F(ModelCacheTest, RefusesCutAndForeignFiles) {
  cache_.Store("k", *CompileModel(".", SceneWithTextures("0 1 0")));
  const fs::path file = folder_ / "k.scene";
  const uintmax_t last_line_feed = fs::file_size(file) - 1;  // whole without it
  for (uintmax_t size = last_line_feed; size > 0; size -= std::min<uintmax_t>(size, 997)) {
    fs::resize_file(file, size - 1);
    EXPECT_EQ(cache_.Load("k", problem_), nullptr) << size;
    EXPECT_NE(problem_, "") << size;
  }
  std::ofstream(file) << "something else\n";
  EXPECT_EQ(cache_.Load("k", problem_), nullptr);
  EXPECT_EQ(problem_, "unknown format");
}

TEST_F(ModelCacheTest, SaysWhenItCannotWrite) {
  std::ofstream(folder_) << "a file in place of the folder";
  const MjModelPtr model = CompileModel(".", SceneWithTextures("0 1 0"));
  EXPECT_THAT(
      [&] { cache_.Store("k", *model); },
      ThrowsMessage<Error>(testing::AllOf(HasSubstr("cannot write"), HasSubstr("LIBERO_CACHE"))));
}

}  // namespace
}  // namespace libero
