#include "viewer/view_command.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/results/child.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

class ViewCommandTest : public testing::Test {
 protected:
  ViewCommandTest() {
    options_.data_root = LIBERO_DEPS_DIR;
    options_.cache_folder = LIBERO_TEST_CACHE_DIR;
    options_.renderer.name = "cpu";
    options_.suite = "goal";
    options_.task = "0";
    options_.size = "480x320";
    options_.screenshot = folder_ / "picture.png";
  }
  void ExpectError(const std::string& part) {
    EXPECT_THAT([&] { (void)RunViewCommand(options_, out_); },
                testing::ThrowsMessage<Error>(testing::HasSubstr(part)));
    EXPECT_FALSE(std::filesystem::exists(*options_.screenshot));
  }

  TestFolder folder_;
  ViewOptions options_;
  std::ostringstream out_;
};

TEST_F(ViewCommandTest, DrawsTheWindowIntoAFileWithoutADisplay) {
  unsetenv("DISPLAY");
  options_.step = 2;
  EXPECT_EQ(RunViewCommand(options_, out_), 0);
  EXPECT_THAT(out_.str(), testing::HasSubstr("480×320, step 2 of libero_goal 0, policy expert"));
  EXPECT_GT(std::filesystem::file_size(*options_.screenshot), 20000) << "more than a plain ground";
}

// In the program are classes of all folders, which must not have one name.
TEST_F(ViewCommandTest, TheProgramDrawsAndEnds) {
  Child program({LIBERO_PROGRAM, "view", "--suite", "goal", "--task", "0", "--renderer", "cpu",
                 "--step", "2", "--size", "480x320", "--screenshot",
                 options_.screenshot->string()});
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_GT(std::filesystem::file_size(*options_.screenshot), 20000);
}

TEST_F(ViewCommandTest, DrawsAnEvaluation) {
  const TestFolder run;
  std::ofstream(run / "config.json") << R"({
    "suite": "libero_goal", "tasks": [0, 3], "init_indices": [0, 1], "seed": 0, "policy": "noop",
    "protocol": {"name": "univla", "max_steps": {"libero_goal": 30}, "settle_steps": 2,
                 "settle_action": [0, 0, 0, 0, 0, 0, -1],
                 "frames": [{"camera": "agentview", "width": 64, "height": 64}]},
    "mode": "reference"})";
  std::ofstream(run / "episodes.jsonl")
      << R"({"suite":"libero_goal","task":"a task","task_index":3,"init_index":1,"reset_index":2,)"
      << R"("seed":0,"success":true,"steps":20,"end":"success","wall_s":1,)"
      << R"("final_state_hash":"00000000000000ff"})"
      << "\n";
  options_.run = run.path();
  options_.size = "800x300";
  EXPECT_EQ(RunViewCommand(options_, out_), 0);
  EXPECT_GT(std::filesystem::file_size(*options_.screenshot), 8000) << "more than a plain ground";
}

TEST_F(ViewCommandTest, RefusesBadOptions) {
  options_.panels = "Goal,Contact";
  ExpectError("Contacts");
  options_.panels = "";
  options_.step = -1;
  ExpectError("--step");
  options_.step = 0;
  options_.init = 50;
  ExpectError("50");
  options_.init = 0;
  options_.policy = "expart";
  ExpectError("did you mean 'expert'?");
  options_.policy = "expert";
  options_.run = folder_ / "nothing";
  ExpectError("not the folder of an evaluation");
  options_.run.reset();
  options_.demos = folder_ / "nothing.hdf5";
  ExpectError("nothing.hdf5");
  options_.demos.reset();
  options_.size = "big";
  ExpectError("big");
}

}  // namespace
}  // namespace libero
