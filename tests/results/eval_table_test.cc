#include "results/eval_table.h"

#include <cmath>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

EpisodeRecord Record(int task_index, int init_index, EpisodeEnd end,
                     const std::string& error = "") {
  EpisodeRecord record;
  record.result.spec.task_index = task_index;
  record.result.spec.init_index = init_index;
  record.result.end = end;
  record.result.error = error;
  return record;
}

TEST(EvalTableTest, CountsErrorsApartFromFailures) {
  std::vector<EpisodeRecord> records = {
      Record(0, 0, EpisodeEnd::kSuccess), Record(0, 1, EpisodeEnd::kTimeout),
      Record(0, 2, EpisodeEnd::kTimeout, "lost the device"), Record(2, 0, EpisodeEnd::kDiverged)};
  records[0].result.progress = {.num_predicates = 2, .best = 2, .end = 2};
  records[1].result.progress = {.num_predicates = 2, .best = 1, .end = 0};
  std::vector<Task> tasks(2);
  tasks[0].instruction = "open the drawer";
  tasks[1].index = 2;
  tasks[1].instruction = "close it";
  std::ostringstream out;
  PrintEvalTable(tasks, records, 0, out);
  EXPECT_EQ(
      out.str(),
      "task  name             episodes  successes    rate  95 % interval  errors  sub-goals\n"
      "   0  open the drawer         2          1  50.0 %       9.5–90.5       1     75.0 %\n"
      "   2  close it                1          0   0.0 %       0.0–79.3       0          -\n"
      " all                          3          1  33.3 %       6.1–79.2       1     75.0 %\n");
}

TEST(EvalTableTest, TheLastRecordOfAnEpisodeCounts) {
  const std::vector<EpisodeRecord> records = {Record(0, 0, EpisodeEnd::kTimeout, "lost"),
                                              Record(0, 1, EpisodeEnd::kTimeout),
                                              Record(0, 0, EpisodeEnd::kSuccess)};
  const Tally tally = Count(records);
  EXPECT_EQ(tally.num_episodes, 2);
  EXPECT_EQ(tally.num_successes, 1);
  EXPECT_EQ(tally.num_errors, 0);
  EXPECT_TRUE(std::isnan(Tally{}.success_rate()));
}

}  // namespace
}  // namespace libero
