#include "results/demo_metainfo.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

Task MakeTask(const std::string& suite) {
  Task task;
  task.suite = suite;
  return task;
}

class DemoMetainfoTest : public testing::Test {
 protected:
  [[nodiscard]] nlohmann::json Read(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return nlohmann::json::parse(file);
  }

  TestFolder folder_;
};

TEST_F(DemoMetainfoTest, WritesAFileForEachSuite) {
  DemoMetainfo metainfo(folder_.path());
  metainfo.Note(MakeTask("libero_goal"), "turn on the stove", 3, true, std::vector{0.0, 0.5});
  metainfo.Note(MakeTask("libero_10"), "turn on the stove", 0, false, std::vector{1.0});
  metainfo.Write();
  EXPECT_EQ(
      Read("libero_goal_metainfo.json"),
      nlohmann::json::parse(
          R"({"turn_on_the_stove": {"demo_3": {"success": true, "initial_state": [0.0, 0.5]}}})"));
  EXPECT_EQ(Read("libero_10_metainfo.json")["turn_on_the_stove"]["demo_0"]["success"], false);
}

// An interrupted run goes on in another process.
TEST_F(DemoMetainfoTest, KeepsWhatIsThere) {
  for (const int number : {0, 1}) {
    DemoMetainfo metainfo(folder_.path());
    metainfo.Note(MakeTask("libero_goal"), "a", number, true, std::vector{0.0});
    metainfo.Note(MakeTask("libero_goal"), number == 0 ? "b" : "c", 0, true, std::vector{0.0});
    metainfo.Write();
  }
  const nlohmann::json notes = Read("libero_goal_metainfo.json");
  EXPECT_EQ(notes.size(), 3);
  EXPECT_EQ(notes["a"].size(), 2);
}

TEST_F(DemoMetainfoTest, RefusesOtherFiles) {
  for (const char* text : {"{", "[1]", R"({"a": 1})"}) {
    std::ofstream(folder_ / "libero_goal_metainfo.json") << text;
    DemoMetainfo metainfo(folder_.path());
    metainfo.Note(MakeTask("libero_goal"), "a", 0, true, std::vector{0.0});
    EXPECT_THAT([&] { metainfo.Write(); },
                ThrowsMessage<Error>(AllOf(HasSubstr("libero_goal_metainfo.json: expected a JSON"),
                                           HasSubstr("remove the file"))))
        << text;
  }
}

}  // namespace
}  // namespace libero
