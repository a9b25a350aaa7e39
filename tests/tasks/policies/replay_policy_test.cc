#include "tasks/policies/replay_policy.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tasks/env.h"
#include "tasks/policies/random_policy.h"

namespace libero {
namespace {

using testing::ElementsAre;

// A task that policies are told of and do not look at.
class PolicyTest : public testing::Test {
 protected:
  static const Env& AnyEnv() {
    static const TaskSetup setup = [] {
      SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
      const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
      return LoadTaskSetup(FindSuite(suites, "libero_goal").tasks[0], store);
    }();
    static const Env env(setup);
    return env;
  }

  // What the policy does at a step in each of the slots.
  static std::vector<Action> Act(Policy& policy, int step, const std::vector<int>& slots) {
    std::vector<PolicyInput> inputs;
    for (const int slot : slots) inputs.push_back({.slot = slot, .step = step, .env = &AnyEnv()});
    std::vector<Action> actions(slots.size());
    policy.Act(inputs, actions);
    return actions;
  }
};

TEST_F(PolicyTest, ReplayPlaysTheDemonstrationOfTheInitState) {
  const Action a = {0.1};
  const Action b = {0.2};
  const Action c = {0.3};
  const Action after = {0, 0, 0, 0, 0, 0, 1};
  ReplayPolicy policy({.by_init = {{3, {a, b}}, {5, {c}}}}, "demos.hdf5", after);
  policy.BeginEpisode(0, {.init_index = 5}, AnyEnv());
  policy.BeginEpisode(1, {.init_index = 3}, AnyEnv());
  EXPECT_THAT(Act(policy, 0, {0, 1}), ElementsAre(c, a));
  EXPECT_THAT(Act(policy, 1, {1, 0}), ElementsAre(b, after));
}

TEST_F(PolicyTest, ReplayNamesTheInitStatesItHas) {
  ReplayPolicy policy({.by_init = {{3, {}}, {5, {}}}}, "demos.hdf5");
  EXPECT_THAT([&] { policy.BeginEpisode(0, {.init_index = 4}, AnyEnv()); },
              testing::ThrowsMessage<Error>(
                  "demos.hdf5: no demonstration begins in init state 4\n  hint: --inits chooses "
                  "among those it has: 3, 5"));
}

TEST_F(PolicyTest, ReplayIsForItsTaskOnly) {
  ReplayPolicy policy({.task = "push_the_plate", .by_init = {{3, {}}}}, "demos.hdf5");
  EXPECT_THAT([&] { policy.BeginEpisode(0, {.init_index = 3}, AnyEnv()); },
              testing::ThrowsMessage<Error>(testing::HasSubstr(
                  "demonstrations of 'push_the_plate', not of "
                  "'open_the_middle_drawer_of_the_cabinet'")));
}

TEST_F(PolicyTest, ReplayReadsTheActionsOfAFile) {
  const DemoActions demos = ReadDemoActions(LIBERO_GOLDEN_DIR "/episodes/libero_goal_0.hdf5");
  EXPECT_EQ(demos.task, "open_the_middle_drawer_of_the_cabinet");
  EXPECT_EQ(demos.by_init.size(), 2U);
  EXPECT_EQ(demos.by_init.at(7).size(), 120U);
}

TEST_F(PolicyTest, RandomDependsOnEpisodeAndStepAlone) {
  const EpisodeSpec episode = {.suite = "libero_goal", .init_index = 3, .seed = 7};
  RandomPolicy policy;
  policy.BeginEpisode(0, {.suite = "libero_goal"}, AnyEnv());
  policy.BeginEpisode(1, episode, AnyEnv());
  const Action first = Act(policy, 4, {0, 1}).at(1);
  RandomPolicy other;
  other.BeginEpisode(5, episode, AnyEnv());
  EXPECT_EQ(Act(other, 4, {5}).at(0), first);
  EXPECT_NE(Act(other, 5, {5}).at(0), first);
  for (const double number : first) {
    EXPECT_GE(number, -1);
    EXPECT_LE(number, 1);
  }
  EXPECT_EQ(std::abs(first[6]), 1);
}

}  // namespace
}  // namespace libero
