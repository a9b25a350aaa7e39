#include "tasks/export_command.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/scene_store.h"
#include "tasks/env.h"
#include "tasks/workspace.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr uintmax_t kMaxFolderSize = 60'000'000;  // bytes, for one suite

class ExportCommandTest : public testing::Test {
 protected:
  TestFolder parent_;
  fs::path folder_ = parent_ / "export";  // not there yet
  std::ostringstream out_;
};

uintmax_t FolderSize(const fs::path& folder) {
  uintmax_t size = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) size += entry.file_size();
  }
  return size;
}

// Runs a command without its output; returns its exit status.
int RunCommand(const std::string& command) {
  return std::system((command + " > /dev/null").c_str());
}

// The exported data makes the same model, bit by bit, as the data it was made from; and the
// exported program runs with nothing of this machine's environment, wherever the folder is moved.
TEST_F(ExportCommandTest, TheFolderIsSmallAndHoldsTheSuite) {
  const std::string program = LIBERO_PROGRAM;
  const fs::path first_place = parent_ / "made";
  ASSERT_EQ(RunCommand("LIBERO_DATA=" LIBERO_DEPS_DIR " " + program +
                       " export --suite spatial --out " + first_place.string()),
            0);
  fs::rename(first_place, folder_);
  EXPECT_EQ(RunCommand("env -i " + (folder_ / "libero").string() + " tasks spatial"), 0);
  const std::string demos = LIBERO_GOLDEN_DIR "/episodes/libero_spatial_0.hdf5";  // steps
  EXPECT_EQ(RunCommand("env -i LIBERO_CACHE=" + (folder_ / "cache").string() + " " +
                       (folder_ / "libero").string() + " replay --demos 0 " + demos),
            0);
  fs::remove_all(folder_ / "cache");
  EXPECT_LT(FolderSize(folder_), kMaxFolderSize);
  EXPECT_TRUE(fs::exists(folder_ / "lib" / "libmujoco.so.3.3.2"));
  EXPECT_FALSE(fs::exists(first_place.string() + ".part"));

  const std::vector<Suite> suites = LoadSuites(folder_ / "data");
  SceneStore packed(folder_ / "data", std::nullopt);
  SceneStore plain(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  const Task& task = FindSuite(suites, "libero_spatial").tasks[2];
  const TaskSetup exported = LoadTaskSetup(task, packed);
  const auto original = plain.Get(MakeSceneSpec(exported.problem));
  const std::vector<ModelArray> expected = ModelArrays(*original->model);
  const std::vector<ModelArray> actual = ModelArrays(*exported.scene->model);
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(expected[i].num_values, actual[i].num_values) << expected[i].name;
    const size_t size = expected[i].num_values * expected[i].value_size;
    EXPECT_TRUE(size == 0 || std::memcmp(expected[i].data, actual[i].data, size) == 0)
        << expected[i].name;
  }
}

TEST_F(ExportCommandTest, KeepsWhatIsThere) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "mine") << "x";
  EXPECT_THAT(
      [&] {
        RunExportCommand({LIBERO_DEPS_DIR, "spatial", "", folder_}, out_);
      },
      ThrowsMessage<Error>(HasSubstr("exists and is not an empty folder")));
  EXPECT_TRUE(fs::exists(folder_ / "mine"));
}

TEST_F(ExportCommandTest, SaysWhatIsWrongBeforeItWritesAnything) {
  EXPECT_THAT(
      [&] {
        RunExportCommand({LIBERO_DEPS_DIR, "spatal", "", folder_}, out_);
      },
      ThrowsMessage<Error>(HasSubstr("did you mean 'libero_spatial'?")));
  EXPECT_THAT(
      [&] {
        RunExportCommand({LIBERO_DEPS_DIR, "spatial", "/none", folder_}, out_);
      },
      ThrowsMessage<Error>(HasSubstr("--policy: expected a folder, got /none")));
  EXPECT_FALSE(fs::exists(folder_));
}

}  // namespace
}  // namespace libero
