#include "results/statistics.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

EpisodeSpec Spec(int task_index, int init_index) {
  return {"libero_goal", task_index, init_index, init_index + 1, 0};
}

EpisodeRecord Record(int task_index, int init_index, EpisodeEnd end, int steps = 300) {
  EpisodeRecord record;
  record.result.spec = Spec(task_index, init_index);
  record.result.end = end;
  record.result.steps = steps;
  return record;
}

// Lines of tests/golden/statistics.txt of one kind, without their first word.
std::vector<std::vector<double>> GoldenLines(const std::string& kind) {
  std::ifstream file(LIBERO_GOLDEN_DIR "/statistics.txt");
  std::vector<std::vector<double>> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word != kind) continue;
    lines.emplace_back();
    for (double value = 0; words >> value;) lines.back().push_back(value);
  }
  return lines;
}

class StatisticsTest : public testing::Test {
 protected:
  // Two tasks of three episodes; one has an error, one is missing.
  StatisticsTest() {
    for (const int task : {4, 2}) {
      for (const int init : {0, 1, 2}) planned_.push_back(Spec(task, init));
    }
    records_ = {Record(4, 0, EpisodeEnd::kSuccess, 80), Record(4, 1, EpisodeEnd::kTimeout),
                Record(2, 1, EpisodeEnd::kDiverged, 9), Record(2, 0, EpisodeEnd::kSuccess, 120),
                Record(4, 2, EpisodeEnd::kTimeout)};
    records_.back().result.error = "lost the device";
  }

  std::vector<EpisodeSpec> planned_;
  std::vector<EpisodeRecord> records_;
};

TEST_F(StatisticsTest, CountsEveryPlannedEpisodeOnce) {
  const RunStatistics run = ComputeStatistics(planned_, records_, IntervalMethod::kWilson);
  const OutcomeCounts& counts = run.overall.counts;
  EXPECT_EQ(counts.num_planned, 6);
  EXPECT_EQ(counts.num_successes, 2);
  EXPECT_EQ(counts.num_timeouts, 1);
  EXPECT_EQ(counts.num_diverged, 1);
  EXPECT_EQ(counts.num_errors, 1);
  EXPECT_EQ(counts.num_missing, 1);
  EXPECT_FALSE(counts.is_complete());
  ASSERT_EQ(run.tasks.size(), 2u);
  EXPECT_EQ(run.tasks[0].task_index, 4) << "in the order of the plan";
  EXPECT_EQ(run.tasks[0].statistics.counts.num_errors, 1);
  EXPECT_EQ(run.tasks[1].statistics.counts.num_missing, 1);
}

TEST_F(StatisticsTest, ErrorsAndMissingEpisodesAreNoFailures) {
  const RunStatistics run = ComputeStatistics(planned_, records_, IntervalMethod::kJeffreys);
  EXPECT_EQ(run.overall.rate, 0.5);
  EXPECT_EQ(run.overall.interval.low, BinomialInterval(IntervalMethod::kJeffreys, 2, 4).low);
  EXPECT_DOUBLE_EQ(run.overall.if_all_ended.low, 2.0 / 6);
  EXPECT_DOUBLE_EQ(run.overall.if_all_ended.high, 4.0 / 6);
}

TEST_F(StatisticsTest, TheLastRecordOfAnEpisodeCounts) {
  records_.push_back(Record(4, 2, EpisodeEnd::kSuccess, 50));  // it had an error before
  records_.push_back(Record(2, 2, EpisodeEnd::kSuccess, 50));
  records_.push_back(Record(7, 0, EpisodeEnd::kSuccess, 50));  // nobody planned it
  const RunStatistics run = ComputeStatistics(planned_, records_, IntervalMethod::kWilson);
  EXPECT_TRUE(run.overall.counts.is_complete());
  EXPECT_EQ(run.overall.counts.num_successes, 4);
}

TEST_F(StatisticsTest, StepsAreThoseOfSuccesses) {
  records_.push_back(Record(2, 2, EpisodeEnd::kSuccess, 80));
  const RunStatistics run = ComputeStatistics(planned_, records_, IntervalMethod::kWilson);
  EXPECT_EQ(run.overall.steps.num_episodes, 3);
  EXPECT_EQ(run.overall.steps.median, 80);
  EXPECT_EQ(run.overall.steps.max, 120);
  ASSERT_EQ(run.curve.size(), 2u);
  EXPECT_EQ(run.curve[0].step, 80);
  EXPECT_EQ(run.curve[0].num_successes, 2);
  EXPECT_EQ(run.curve[1].num_successes, 3);
}

TEST_F(StatisticsTest, WithoutEpisodesThereIsNoRate) {
  const RunStatistics run = ComputeStatistics(planned_, {}, IntervalMethod::kWilson);
  EXPECT_FALSE(run.overall.rate.has_value());
  EXPECT_EQ(run.overall.counts.num_missing, 6);
  EXPECT_EQ(run.overall.interval.high, 1);
  EXPECT_FALSE(run.over_tasks.has_value());
  EXPECT_TRUE(run.curve.empty());
}

TEST_F(StatisticsTest, OneTaskSaysNothingOfOthers) {
  planned_.resize(3);
  EXPECT_FALSE(ComputeStatistics(planned_, records_, IntervalMethod::kWilson).over_tasks);
}

TEST(QuantileTest, EqualsNumpy) {
  for (const std::vector<double>& line : GoldenLines("quantile")) {
    EXPECT_DOUBLE_EQ(Quantile(std::span(line).subspan(2), line[0]), line[1]);
  }
}

TEST(BootstrapOverTasksTest, IsNearSciPys) {
  constexpr double kNoise = 0.006;  // of a 2.5 % quantile among 10,000 resamples' rates
  const auto lines = GoldenLines("tasks");
  ASSERT_EQ(lines.size(), 3u);
  for (const std::vector<double>& line : lines) {
    std::vector<TaskCount> tasks;
    for (size_t i = 2; i < line.size(); ++i) {
      tasks.push_back({static_cast<int>(line[i] * 50 + 0.5), 50});
    }
    const Interval interval = BootstrapOverTasks(tasks);
    EXPECT_NEAR(interval.low, line[0], kNoise);
    EXPECT_NEAR(interval.high, line[1], kNoise);
    EXPECT_EQ(interval.low, BootstrapOverTasks(tasks).low) << "the same again";
  }
}

}  // namespace
}  // namespace libero
