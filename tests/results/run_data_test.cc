#include "results/run_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/results/small_run.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class RunDataTest : public testing::Test {
 protected:
  TestFolder parent_;
  std::filesystem::path folder_ = parent_ / "mine";
  SmallRun run_;
};

TEST_F(RunDataTest, ReadsWhatWasPlannedAndWhatCameOfIt) {
  run_.Write(folder_);
  EXPECT_TRUE(IsRun(folder_));
  const RunData data = ReadRun(folder_);
  EXPECT_EQ(data.name, "mine");
  EXPECT_EQ(data.suite, "libero_goal");
  EXPECT_EQ(data.protocol, "univla");
  ASSERT_EQ(data.tasks.size(), 2u);
  EXPECT_EQ(data.tasks[1].instruction, "push the plate");
  ASSERT_EQ(data.planned.size(), 6u);
  EXPECT_EQ(data.planned[5].reset_index, 3);
  ASSERT_EQ(data.records.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(data.records[i].result.spec.init_index, data.planned[i].init_index) << "in order";
    EXPECT_EQ(data.records[i].result.spec.task_index, data.planned[i].task_index) << "in order";
  }
}

TEST_F(RunDataTest, NamesTasksThatHaveNoEpisodesYet) {
  run_.records.clear();
  run_.Write(folder_);
  EXPECT_EQ(ReadRun(folder_).tasks[1].name, "push_the_plate");
  std::filesystem::remove(folder_ / "manifest.json");
  EXPECT_EQ(ReadRun(folder_).tasks[1].name, "task 3");
}

TEST_F(RunDataTest, TheLastRecordOfAnEpisodeCounts) {
  run_.Add(3, 1, EpisodeEnd::kSuccess, 50);
  run_.Write(folder_);
  const RunData data = ReadRun(folder_);
  ASSERT_EQ(data.records.size(), 6u);
  EXPECT_EQ(data.records[4].result.steps, 50);
}

TEST_F(RunDataTest, RefusesEpisodesOfAnotherRun) {
  run_.Add(3, 7, EpisodeEnd::kSuccess, 50);
  run_.Write(folder_);
  EXPECT_THAT(
      [&] { (void)ReadRun(folder_); },
      ThrowsMessage<Error>(HasSubstr("episodes.jsonl: task 3 with init state 7, reset 8 and "
                                     "seed 0 of libero_goal is not among")));
}

TEST_F(RunDataTest, OtherFoldersAreNoRuns) {
  EXPECT_FALSE(IsRun(parent_.path()));
  std::ofstream(parent_ / "config.json") << "{\"demos\": 50}\n";
  EXPECT_FALSE(IsRun(parent_.path())) << "of another command";
  EXPECT_THAT([&] { (void)ReadRun(parent_.path()); },
              ThrowsMessage<Error>(HasSubstr("config.json: not the options of an evaluation")));
}

}  // namespace
}  // namespace libero
