#include "viewer/run_log.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

constexpr const char* kConfig = R"({
  "suite": "libero_goal", "tasks": [0, 3], "init_indices": [0, 1, 2],
  "reset_index": "init_index + 1", "seed": 7, "policy": "expert",
  "protocol": {"name": "univla", "max_steps": {"libero_goal": 123}, "settle_steps": 4,
               "settle_action": [0, 0, 0, 0, 0, 0, -1],
               "frames": [{"camera": "agentview", "width": 64, "height": 64}]},
  "mode": "fast", "renderer": "auto", "render_device": null,
  "checkpoint": {"decode": "sample", "act": "chunked", "quirks": "compat", "statistics": ""}})";

class RunLogTest : public testing::Test {
 protected:
  RunLogTest() { std::ofstream(folder_ / "config.json") << kConfig; }
  void Append(const std::string& text) {
    std::ofstream(folder_ / "episodes.jsonl", std::ios::app) << text;
  }
  static std::string Line(int task, int init, const std::string& end) {
    return R"({"suite":"libero_goal","task":"x","task_index":)" + std::to_string(task) +
           R"(,"init_index":)" + std::to_string(init) + R"(,"reset_index":1,"seed":7,"success":)" +
           (end == "success" ? "true" : "false") + R"(,"steps":20,"end":")" + end +
           R"(","error":"lost","wall_s":1.5,"final_state_hash":"00000000000000ff"})" + "\n";
  }
  TestFolder folder_;
};

TEST_F(RunLogTest, ReadsWhatIsThereAndThenWhatComes) {
  libero::Run run = ReadRunLog(folder_.path());
  EXPECT_EQ(run.suite, "libero_goal");
  EXPECT_EQ(run.seed, 7);
  EXPECT_EQ(run.mode, "fast");
  EXPECT_EQ(run.acting.decode, "sample");
  EXPECT_EQ(run.acting.act, "chunked");
  EXPECT_EQ(run.acting.quirks, "compat");
  EXPECT_THAT(run.tasks, testing::ElementsAre(0, 3));
  EXPECT_THAT(run.inits, testing::ElementsAre(0, 1, 2));
  EXPECT_EQ(MaxSteps(run.protocol, "libero_goal"), 123);
  EXPECT_EQ(run.protocol.settle_steps, 4);
  EXPECT_EQ(run.protocol.frames.at(0).width, 64);
  EXPECT_TRUE(run.episodes.empty());
  EXPECT_FALSE(UpdateRun(run));

  Append(Line(0, 1, "success") + Line(3, 2, "timeout").substr(0, 30));
  EXPECT_TRUE(UpdateRun(run));
  ASSERT_EQ(run.episodes.size(), 1) << "a line that is being written waits";
  EXPECT_EQ(run.episodes.at({0, 1}).end, "success");
  EXPECT_EQ(run.episodes.at({0, 1}).final_state_hash, 255);
  Append(Line(3, 2, "timeout").substr(30));
  EXPECT_TRUE(UpdateRun(run));
  EXPECT_EQ(run.episodes.size(), 2);
  EXPECT_FALSE(run.is_done);
  std::ofstream(folder_ / "DONE") << "\n";
  EXPECT_FALSE(UpdateRun(run));
  EXPECT_TRUE(run.is_done);
}

TEST_F(RunLogTest, CountsEpisodesAndBoundsTheirRate) {
  Append(Line(0, 0, "success") + Line(0, 1, "success") + Line(0, 2, "timeout") +
         Line(3, 0, "error"));
  const libero::Run run = ReadRunLog(folder_.path());
  const RunTally all = Count(run, -1);
  EXPECT_EQ(all.num_episodes, 3);
  EXPECT_EQ(all.num_successes, 2);
  EXPECT_EQ(all.num_errors, 1);
  // Wilson's interval of 2 of 3, from the formula with z = 1.96
  constexpr double kRounding = 5e-4;
  EXPECT_NEAR(all.low, 0.2077, kRounding);
  EXPECT_NEAR(all.high, 0.9385, kRounding);
  EXPECT_EQ(Count(run, 3).num_episodes, 0);
  EXPECT_EQ(Count(run, 3).high, 1);
}

TEST_F(RunLogTest, SaysWhatIsWrongWithAFolder) {
  const TestFolder other;
  EXPECT_THAT([&] { (void)ReadRunLog(other.path()); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("config.json")));
  Append("{\"task\":\n");
  EXPECT_THAT([&] { (void)ReadRunLog(folder_.path()); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("episodes.jsonl:1")));
  std::ofstream(folder_ / "config.json") << "{\"suite\": 3}";
  EXPECT_THAT([&] { (void)ReadRunLog(folder_.path()); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("config.json")));
}

}  // namespace
}  // namespace libero
