#include "training/checkpoint_folder.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class CheckpointFolderTest : public testing::Test {
 protected:
  void Write(const fs::path& file, const std::string& text) {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << text;
  }
  [[nodiscard]] std::string Read(const fs::path& file) const {
    std::ifstream stream(folder_ / file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  TestFolder folder_;
};

TEST_F(CheckpointFolderTest, ARunStandsForItsCheckpoint) {
  Write("run/config.json", R"({"stage": "vla", "recipe": {"steps": 2}})");
  const auto resolve = [&] {
    (void)ResolveCheckpoint(folder_ / "run");
  };
  EXPECT_THAT(resolve, ThrowsMessage<Error>(AllOf(HasSubstr("run: this training is not done"),
                                                  HasSubstr("run its command again"))));
  Write("run/checkpoint/config.json", "{}");
  EXPECT_THAT(resolve, ThrowsMessage<Error>(HasSubstr("not done")));
  Write("run/DONE", "");
  EXPECT_EQ(ResolveCheckpoint(folder_ / "run"), folder_ / "run/checkpoint");
  EXPECT_EQ(ResolveCheckpoint(folder_ / "run/checkpoint"), folder_ / "run/checkpoint");
}

TEST_F(CheckpointFolderTest, OthersAreNone) {
  Write("other/notes.txt", "");
  for (const char* name : {"other", "nowhere"}) {
    EXPECT_THAT([&] { (void)ResolveCheckpoint(folder_ / name); },
                ThrowsMessage<Error>(AllOf(HasSubstr(std::string(name) + " is no checkpoint"),
                                           HasSubstr("config.json"))));
  }
}

TEST_F(CheckpointFolderTest, CopiesWhatIsNotReplaced) {
  Write("a/model.safetensors", "old");
  Write("a/model.safetensors.index.json", "old");
  Write("a/latent_action_model.safetensors", "kept");
  Write("a/folder/model", "no file");
  Write("b/latent_action_model.safetensors", "in the way");
  CopyParts(folder_ / "a", folder_ / "b", {"model", "config.json"});
  EXPECT_EQ(Read("b/latent_action_model.safetensors"), "kept");
  EXPECT_FALSE(fs::exists(folder_ / "b/model.safetensors"));
  EXPECT_FALSE(fs::exists(folder_ / "b/model.safetensors.index.json"));
  EXPECT_FALSE(fs::exists(folder_ / "b/folder"));
}

}  // namespace
}  // namespace libero
