#include "results/stop_rule.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/sequential_statistics.h"
#include "sim/base/check.h"
#include "tests/results/small_run.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

EpisodeResult Result(const EpisodeSpec& spec, bool succeeds) {
  EpisodeResult result;
  result.spec = spec;
  result.end = succeeds ? EpisodeEnd::kSuccess : EpisodeEnd::kTimeout;
  return result;
}

// A plan of two tasks with 50 episodes each, and a run of it where nothing succeeds.
class StopRuleTest : public testing::Test {
 protected:
  StopRuleTest() {
    plan_.suite = "libero_goal";
    plan_.protocol = Protocols().front();
    plan_.request.policy = "random";
    for (const int task : {0, 3}) {
      for (int init = 0; init < 50; ++init) {
        plan_.episodes.push_back({"libero_goal", task, init, init + 1, 0});
      }
    }
    opponent_.num_inits = 50;
    opponent_.protocol = ToJson(plan_.protocol);
    opponent_.more = {{"mode", plan_.request.mode}};
    opponent_.records.clear();
    for (const EpisodeSpec& spec : plan_.episodes) {
      opponent_.Add(spec.task_index, spec.init_index, EpisodeEnd::kTimeout, 300);
    }
    opponent_.Write(folder_ / "b");
    better_ = {.stop_when = "better than " + (folder_ / "b").string()};
  }

  void ExpectRefused(const StopRequest& request, const std::string& message) const {
    EXPECT_THAT([&] { const StopRule rule(request, plan_); },
                ThrowsMessage<Error>(HasSubstr(message)));
  }

  TestFolder folder_;
  EvalPlan plan_;
  SmallRun opponent_;
  StopRequest better_;
};

TEST_F(StopRuleTest, StopsWhenTheRateIsKnownWellEnough) {
  StopRule rule({.precision = "5pp"}, plan_);
  ASSERT_EQ(rule.order().size(), 100u);
  int num_noted = 0;
  for (const EpisodeSpec& spec : rule.order()) {
    if (rule.decision()) break;
    rule.Note(Result(spec, true));
    ++num_noted;
  }
  ASSERT_TRUE(rule.decision().has_value());
  EXPECT_EQ(rule.decision()->num_episodes, num_noted);
  EXPECT_GE(RateSequence(100, num_noted, num_noted).low, 0.95);
  EXPECT_LT(RateSequence(100, num_noted - 1, num_noted - 1).low, 0.95) << "and not later";
  EXPECT_EQ(rule.decision()->conclusion,
            "the rate of all 100 episodes is within 5 points of 100.0 %");
  EXPECT_EQ(rule.config().dump(), "{\"precision\":\"5pp\"}");
}

// Which episodes end first depends on how many run at a time, and on whether they succeed.
TEST_F(StopRuleTest, TheOrderInWhichEpisodesEndDoesNotMatter) {
  StopRule in_order({.precision = "4"}, plan_);
  StopRule reversed({.precision = "4"}, plan_);
  std::vector<EpisodeRecord> records;
  for (const EpisodeSpec& spec : in_order.order()) {
    records.push_back({.result = Result(spec, spec.init_index % 7 != 0)});
  }
  for (const EpisodeRecord& record : records) in_order.Note(record.result);
  std::ranges::reverse(records);
  for (const EpisodeRecord& record : records) {
    EXPECT_FALSE(reversed.decision().has_value()) << "the first one is not there";
    reversed.Note(record.result);
  }
  ASSERT_TRUE(reversed.decision().has_value());
  EXPECT_EQ(reversed.decision()->num_episodes, in_order.decision()->num_episodes);
  EXPECT_EQ(reversed.DecisionJson(), in_order.DecisionJson());
  EXPECT_EQ(reversed.Counted(records).size(),
            static_cast<size_t>(reversed.decision()->num_episodes));
}

TEST_F(StopRuleTest, StopsWhenItIsBetter) {
  StopRule rule(better_, plan_);
  for (const EpisodeSpec& spec : rule.order()) {
    EpisodeResult lost = Result(spec, false);
    lost.error = "lost";
    rule.Note(lost);  // says nothing
    rule.Note(Result(spec, true));
  }
  ASSERT_TRUE(rule.decision().has_value());
  const int num = rule.decision()->num_episodes;
  EXPECT_GE(EvidenceOfBetter(num, 0), kDecisiveEvidence);
  EXPECT_LT(EvidenceOfBetter(num - 1, 0), kDecisiveEvidence);
  EXPECT_THAT(rule.decision()->conclusion, HasSubstr("better than " + (folder_ / "b").string()));
}

TEST_F(StopRuleTest, EqualsAreNotToldApart) {
  StopRule rule(better_, plan_);
  for (const EpisodeSpec& spec : rule.order()) rule.Note(Result(spec, false));
  EXPECT_FALSE(rule.decision().has_value());
}

TEST_F(StopRuleTest, AReportCountsTheEpisodesThatDecided) {
  StopRule rule(better_, plan_);
  opponent_.records.clear();
  for (const EpisodeSpec& spec : rule.order()) {
    rule.Note(Result(spec, true));
    opponent_.Add(spec.task_index, spec.init_index, EpisodeEnd::kSuccess, 100);  // all were running
  }
  opponent_.Write(folder_ / "a");
  std::ofstream(folder_ / "a/stop.json") << rule.DecisionJson();
  const RunData data = ReadRun(folder_ / "a");
  const auto num = static_cast<size_t>(rule.decision()->num_episodes);
  EXPECT_EQ(data.planned.size(), num);
  EXPECT_EQ(data.records.size(), num);
  EXPECT_EQ(rule.Counted(opponent_.records).size(), num);
  for (const EpisodeRecord& record : rule.Counted(data.records)) {
    EXPECT_TRUE(record.result.success());
  }
  EXPECT_EQ(rule.Counted(data.records).size(), num) << "the same ones";
  ASSERT_TRUE(data.stop.has_value());
  EXPECT_EQ(data.stop->num_planned, 100);
}

TEST_F(StopRuleTest, RefusesWhatItCannotDecide) {
  ExpectRefused({.precision = "2pp", .stop_when = "x"}, "--precision and --stop-when were both");
  ExpectRefused({.precision = "two"}, "--precision: expected points from 0 to 50, got 'two'");
  ExpectRefused({.precision = "0pp"}, "got '0pp'");
  ExpectRefused({.precision = "2%"}, "got '2%'");
  ExpectRefused({.stop_when = "good"}, "--stop-when: expected 'better than FOLDER', got 'good'");
  ExpectRefused({.stop_when = "better than nothing"}, "nothing: no evaluation is there");
  plan_.request.mode = "fast";
  ExpectRefused(better_, "was not run alike: mode: \"reference\" → \"fast\"");
}

}  // namespace
}  // namespace libero
