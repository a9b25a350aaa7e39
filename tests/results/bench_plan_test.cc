#include "results/bench_plan.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// "collect", "train features", ...
std::vector<std::string> Names(const std::vector<BenchPhase>& phases) {
  std::vector<std::string> names;
  for (const BenchPhase& phase : phases) {
    const bool is_training = phase.command[0] == "train";
    names.push_back(is_training ? "train " + phase.command[1] : phase.command[0]);
  }
  return names;
}

TEST(BenchPlanTest, DoesTheWholeJobFromNothing) {
  EXPECT_THAT(Names(MakeBenchPlan({})),
              ElementsAre("collect", "arrange", "train features", "train lam1", "train lam2",
                          "train vla", "train finetune", "eval", "report"));
}

TEST(BenchPlanTest, FineTunesAGivenCheckpointOnGivenData) {
  const std::vector<BenchPhase> phases =
      MakeBenchPlan({.preset = "univla-7b", .data = "official", .from = "univla-7b"});
  EXPECT_THAT(Names(phases), ElementsAre("train finetune", "eval", "report"));
  EXPECT_THAT(CommandText(phases[0]), HasSubstr("--data official --from univla-7b"));
}

TEST(BenchPlanTest, EachStageBeginsWithTheOneBefore) {
  const std::vector<BenchPhase> phases = MakeBenchPlan({.out = "run"});
  EXPECT_THAT(CommandText(phases[4]), HasSubstr("--from run/lam1"));
  EXPECT_THAT(CommandText(phases[4]), HasSubstr("--out run/lam2"));
  EXPECT_THAT(CommandText(phases[7]), HasSubstr("--policy run/finetune/checkpoint"));
}

TEST(BenchPlanTest, FitsIntoTheMinutesThatAreGiven) {
  double total_s = 0;
  for (const BenchPhase& phase : MakeBenchPlan({})) total_s += phase.expected_s;
  EXPECT_LE(total_s, 30 * 60);
}

TEST(BenchPlanTest, RefusesNumbersOutOfRange) {
  EXPECT_THAT([] { (void)MakeBenchPlan({.num_demos = 0}); },
              ThrowsMessage<Error>(HasSubstr("--demos")));
  EXPECT_THAT([] { (void)MakeBenchPlan({.num_episodes = 51}); },
              ThrowsMessage<Error>(HasSubstr("--episodes")));
  EXPECT_THAT([] { (void)MakeBenchPlan({.minutes = 0}); },
              ThrowsMessage<Error>(HasSubstr("--minutes")));
}

}  // namespace
}  // namespace libero
