#include "results/merge_command.h"

#include <array>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/report.h"
#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "tests/results/small_run.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

// The small run, whole and in two parts of every second episode.
class MergeCommandTest : public testing::Test {
 protected:
  MergeCommandTest() {
    whole_.more = {{"envs", 4}, {"threads", 2}};
    whole_.Write(parent_ / "whole");
    for (int part = 0; part < 2; ++part) {
      SmallRun& shard = parts_[static_cast<size_t>(part)];
      shard.more = {{"envs", 1}, {"threads", part + 1}, {"shard", part == 0 ? "1/2" : "2/2"}};
      shard.records.clear();
      for (const EpisodeRecord& record : whole_.records) {
        const EpisodeSpec& spec = record.result.spec;
        const int place = spec.init_index + (spec.task_index == 3 ? 3 : 0);
        if (place % 2 == part) shard.records.push_back(record);
      }
      shard.Write(Part(part));
    }
  }

  [[nodiscard]] fs::path Part(int part) const { return parent_ / ("part" + std::to_string(part)); }

  int Run(const MergeOptions& options) {
    out_.str("");
    return RunMergeCommand(options, out_);
  }

  TestFolder parent_;
  SmallRun whole_;
  std::array<SmallRun, 2> parts_;
  std::ostringstream out_;
};

TEST_F(MergeCommandTest, TakesVideosAndActionsAlong) {
  fs::create_directories(Part(0) / "videos");
  fs::create_directories(Part(1) / "videos");
  fs::create_directories(Part(1) / "actions");
  std::ofstream(Part(0) / "videos/task0_init0.mp4") << "a";
  std::ofstream(Part(1) / "videos/task0_init1.mp4") << "b";
  std::ofstream(Part(1) / "actions/task0_init1.npy") << "c";
  EXPECT_EQ(Run({.shards = {Part(1), Part(0)}, .out = parent_ / "merged"}), 0);
  EXPECT_EQ(ReadTextFile(parent_ / "merged/videos/task0_init0.mp4"), "a");
  EXPECT_EQ(ReadTextFile(parent_ / "merged/videos/task0_init1.mp4"), "b");
  EXPECT_EQ(ReadTextFile(parent_ / "merged/actions/task0_init1.npy"), "c");
}

TEST_F(MergeCommandTest, MakesTheRunThatOneProcessWouldHaveMade) {
  EXPECT_EQ(Run({.shards = {Part(1), Part(0)}, .out = parent_ / "merged/whole"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("whole: 50.0 % (3 of 6 episodes)"));
  EXPECT_TRUE(fs::exists(parent_ / "merged/whole/DONE"));
  auto merged = ReportJson(MakeReport({parent_ / "merged/whole"}, IntervalMethod::kWilson));
  auto whole = ReportJson(MakeReport({parent_ / "whole"}, IntervalMethod::kWilson));
  EXPECT_EQ(merged["runs"][0]["manifest"]["calls"].size(), 2u);
  for (auto* report : {&merged, &whole}) {
    (*report)["runs"][0]["manifest"].erase("calls");
    for (const char* key : {"envs", "threads"}) (*report)["runs"][0]["config"].erase(key);
  }
  EXPECT_EQ(merged, whole);
}

TEST_F(MergeCommandTest, SaysWhatIsLacking) {
  EXPECT_EQ(Run({.shards = {Part(1)}, .out = parent_ / "merged"}), 1);
  EXPECT_THAT(out_.str(), HasSubstr("incomplete: of 6 episodes 3 are missing"));
  EXPECT_FALSE(fs::exists(parent_ / "merged/DONE"));
}

TEST_F(MergeCommandTest, RefusesPartsOfDifferentRuns) {
  const auto expect_refused = [&](const std::vector<fs::path>& shards, const std::string& message) {
    EXPECT_THAT([&] { Run({.shards = shards, .out = parent_ / "merged"}); },
                ThrowsMessage<Error>(HasSubstr(message)));
    EXPECT_FALSE(fs::exists(parent_ / "merged")) << message;
  };
  expect_refused({Part(0), Part(0)}, "shard 1/2 was given before");
  expect_refused({Part(0), parent_ / "whole"}, "whole is no shard but a whole evaluation");
  expect_refused({parent_ / "none"}, "none: no evaluation is there");
  parts_[1].policy = "noop";
  parts_[1].Write(Part(1));
  expect_refused({Part(0), Part(1)}, "are of different evaluations: policy: \"random\" → \"noop\"");
}

TEST_F(MergeCommandTest, LeavesOtherRunsAlone) {
  EXPECT_EQ(Run({.shards = {Part(0), Part(1)}, .out = parent_ / "merged"}), 0);
  const std::string log = ReadTextFile(parent_ / "merged/episodes.jsonl");
  EXPECT_THAT([&] { Run({.shards = {Part(0)}, .out = parent_ / "merged"}); },
              ThrowsMessage<Error>(HasSubstr("merged has episodes already")));
  EXPECT_EQ(ReadTextFile(parent_ / "merged/episodes.jsonl"), log);
}

}  // namespace
}  // namespace libero
