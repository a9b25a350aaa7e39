#include "sim/model.h"

#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Property;
using testing::SizeIs;
using testing::Throws;

auto ErrorSaying(const testing::Matcher<const std::string&>& text) {
  return Throws<Error>(
      testing::ResultOf([](const Error& error) { return std::string(error.what()); }, text));
}

constexpr const char* kTetrahedron =
    "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n";

// An empty data root, and a scene with one body: a mesh.
class ModelTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root_ / "meshes");
    scene_.text = R"(<mujoco>
        <asset><mesh name="tetrahedron" file="meshes/tetrahedron.obj"/></asset>
        <worldbody><geom type="mesh" mesh="tetrahedron"/></worldbody></mujoco>)";
    scene_.asset_files = {"meshes/tetrahedron.obj"};
  }

  void Write(const std::string& file, const std::string& text) const {
    std::ofstream(root_ / file) << text;
  }
  [[nodiscard]] std::string Key() const { return SceneKey(root_.path(), scene_); }

  TestFolder root_;
  SceneMjcf scene_;
};

TEST(RequireMujocoVersionTest, TakesTheLibraryThisProgramRunsWith) {
  EXPECT_NO_THROW(RequireMujocoVersion());
}

TEST(RequireMujocoVersionTest, RefusesOlderVersions) {
  EXPECT_THAT([] { RequireMujocoVersion(237); },
              ErrorSaying(AllOf(HasSubstr("expected version 3.3.2, got 2.3.7"),
                                HasSubstr("success rates are not comparable"),
                                HasSubstr("hint: remove other MuJoCo libraries"))));
  EXPECT_THROW(RequireMujocoVersion(331), Error);
}

// What mj_version() of the library 3.17.0 returns: three digits for each part.
TEST(RequireMujocoVersionTest, RefusesNewerVersionsAndNamesThem) {
  EXPECT_THAT([] { RequireMujocoVersion(3017000); },
              ErrorSaying(HasSubstr("expected version 3.3.2, got 3.17.0")));
}

TEST_F(ModelTest, CompilesASceneWithItsAssets) {
  Write("meshes/tetrahedron.obj", kTetrahedron);
  const MjModelPtr model = CompileModel(root_.path(), scene_);
  EXPECT_EQ(model->nmesh, 1);
  EXPECT_EQ(model->nmeshvert, 4);
}

TEST_F(ModelTest, NamesTheAssetThatIsMissing) {
  EXPECT_THAT([this] { (void)CompileModel(root_.path(), scene_); },
              ErrorSaying(AllOf(HasSubstr("MuJoCo cannot compile the scene"),
                                HasSubstr("meshes/tetrahedron.obj"),
                                HasSubstr("hint: run './libero doctor'"))));
}

TEST_F(ModelTest, RefusesABrokenAsset) {
  Write("meshes/tetrahedron.obj", "v 0 0");
  EXPECT_THAT([this] { (void)CompileModel(root_.path(), scene_); },
              ErrorSaying(HasSubstr("hint: run './libero doctor'")));
}

TEST_F(ModelTest, RefusesTextThatIsNoMjcf) {
  scene_.text = "<mujoco><worldbody>";
  EXPECT_THAT([this] { (void)CompileModel(root_.path(), scene_); },
              ErrorSaying(HasSubstr("MuJoCo cannot compile the scene")));
}

TEST_F(ModelTest, SaysWhichDataIsMissingWhenTheDataRootIs) {
  const fs::path missing = root_ / "nowhere";
  EXPECT_THAT([&] { (void)ComposeScene(missing, {}); }, ErrorSaying(HasSubstr("nowhere")));
  EXPECT_THAT([&] { (void)CompileModel(missing, scene_); },
              ErrorSaying(HasSubstr("meshes/tetrahedron.obj")));
  EXPECT_THAT([&] { (void)SceneKey(missing, scene_); }, ErrorSaying(HasSubstr("nowhere")));
}

TEST_F(ModelTest, SaysSoWhenTheDataRootIsAFile) {
  Write("file", "");
  EXPECT_THAT([this] { (void)ComposeScene(root_ / "file", {}); }, Throws<Error>());
  EXPECT_THAT([this] { (void)CompileModel(root_ / "file", scene_); }, Throws<Error>());
}

TEST_F(ModelTest, SceneKeyStaysWhileNothingChanges) {
  Write("meshes/tetrahedron.obj", kTetrahedron);
  const std::string key = Key();
  EXPECT_THAT(key, SizeIs(32));
  EXPECT_EQ(Key(), key);

  Write("meshes/tetrahedron.obj", kTetrahedron);
  fs::last_write_time(root_ / "meshes/tetrahedron.obj", fs::file_time_type::min());
  EXPECT_EQ(Key(), key) << "the same bytes, written at another time";
  Write("meshes/other.obj", "v");
  EXPECT_EQ(Key(), key) << "a file that the scene does not use";
  const TestFolder moved;
  fs::copy(root_.path(), moved.path(), fs::copy_options::recursive);
  EXPECT_EQ(SceneKey(moved.path(), scene_), key) << "the same files elsewhere";
}

TEST_F(ModelTest, SceneKeyChangesWithEachPartOfTheContent) {
  Write("meshes/tetrahedron.obj", kTetrahedron);
  std::set<std::string> keys = {Key()};
  Write("meshes/tetrahedron.obj", std::string(kTetrahedron) + "\n");
  keys.insert(Key());
  scene_.text += " ";
  keys.insert(Key());
  scene_.asset_files.clear();
  keys.insert(Key());
  EXPECT_THAT(keys, SizeIs(4));
}

TEST_F(ModelTest, SceneKeySeesAChangeAnywhereInALargeAsset) {
  std::string bytes(3 << 20, 'x');  // read in several blocks
  Write("meshes/tetrahedron.obj", bytes);
  std::set<std::string> keys = {Key()};
  for (const size_t at : {size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
    bytes[at] = 'y';
    Write("meshes/tetrahedron.obj", bytes);
    keys.insert(Key());
  }
  EXPECT_THAT(keys, SizeIs(4));
}

TEST_F(ModelTest, SceneKeyRefusesAnAssetThatCannotBeRead) {
  const auto says_which =
      ErrorSaying(AllOf(HasSubstr("cannot read the asset"), HasSubstr("meshes/tetrahedron.obj"),
                        HasSubstr("hint: run './libero doctor'")));
  EXPECT_THAT([this] { (void)Key(); }, says_which) << "missing";
  fs::create_symlink("nothing", root_ / "meshes/tetrahedron.obj");
  EXPECT_THAT([this] { (void)Key(); }, says_which) << "a broken link";
  fs::remove(root_ / "meshes/tetrahedron.obj");
  fs::create_directory(root_ / "meshes/tetrahedron.obj");
  EXPECT_THAT([this] { (void)Key(); }, says_which) << "a folder";
}

}  // namespace
}  // namespace libero
