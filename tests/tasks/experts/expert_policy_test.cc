#include "tasks/experts/expert_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tasks/rollout.h"
#include "tests/tasks/experts/stage.h"

namespace libero {
namespace {

using testing::Each;
using testing::ElementsAre;

class ExpertPolicyTest : public StageTest {
 protected:
  static constexpr int kNumSteps = 12;

  static EpisodeSpec Episode(int init_index) {
    return {.suite = "libero_goal", .task_index = 8, .init_index = init_index};
  }

  // The first actions of an episode, of which each is asked for some times.
  std::vector<Action> Play(Policy& policy, const EpisodeSpec& episode, int slot, int num_asked = 1,
                           int num_steps = kNumSteps) {
    Stage stage(setup_, episode.init_index);
    policy.BeginEpisode(slot, episode, stage.env());
    std::vector<Action> actions;
    for (int step = 0; step < num_steps; ++step) {
      const PolicyInput input = {.slot = slot, .step = step, .env = &stage.env(), .frames = {}};
      Action action{};
      for (int i = 0; i < num_asked; ++i) {
        Action again{};
        policy.Act(std::span(&input, 1), std::span(&again, 1));
        EXPECT_TRUE(i == 0 || again == action) << "asked again";
        action = again;
      }
      stage.env().Step(action);
      actions.push_back(action);
    }
    return actions;
  }

  // What comes of an episode with this noise.
  static EpisodeResult PlayToTheEnd(int init_index, const ActionNoise& noise) {
    ExpertPolicy policy;
    RolloutOptions options;
    options.protocol = kProtocol;
    options.noise = noise;
    SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
    const std::vector<EpisodeSpec> episodes = {Episode(init_index)};
    std::vector<EpisodeResult> results;
    RunEpisodes(episodes, LoadSuites(LIBERO_DEPS_DIR), store, policy, options,
                [&](const EpisodeResult& result) { results.push_back(result); });
    EXPECT_EQ(results.size(), 1U);
    EXPECT_EQ(results.at(0).error, "");
    return results.at(0);
  }

  static inline const Protocol kProtocol = FindProtocol("openvla");
  TaskSetup setup_ = Setup("libero_goal", 8);
};

TEST_F(ExpertPolicyTest, ActsAlikeInEverySlotAndWhenAskedAgain) {
  ExpertPolicy policy({.noise = 0.1, .speed = 1});
  const std::vector<Action> actions = Play(policy, Episode(0), 0);
  EXPECT_EQ(Play(policy, Episode(0), 0), actions) << "begun again";
  EXPECT_EQ(Play(policy, Episode(0), 5), actions) << "in another slot";
  EXPECT_EQ(Play(policy, Episode(0), 0, 10), actions) << "each asked for ten times";
  ExpertPolicy other({.noise = 0.1, .speed = 1});
  EXPECT_EQ(Play(other, Episode(0), 0), actions) << "of another expert";
}

TEST_F(ExpertPolicyTest, SlotsDoNotDisturbEachOther) {
  ExpertPolicy policy;
  const std::vector<Action> first = Play(policy, Episode(0), 0);
  const std::vector<Action> second = Play(policy, Episode(1), 1);
  Stage stages[] = {Stage(setup_, 0), Stage(setup_, 1)};
  policy.BeginEpisode(0, Episode(0), stages[0].env());
  policy.BeginEpisode(1, Episode(1), stages[1].env());
  for (int step = 0; step < kNumSteps; ++step) {
    std::vector<PolicyInput> inputs;
    for (int i : {1, 0}) {
      inputs.push_back({.slot = i, .step = step, .env = &stages[i].env(), .frames = {}});
    }
    std::vector<Action> actions(2);
    policy.Act(inputs, actions);
    EXPECT_EQ(actions[0], second[static_cast<size_t>(step)]);
    EXPECT_EQ(actions[1], first[static_cast<size_t>(step)]);
    for (int i : {0, 1}) stages[i].env().Step(actions[static_cast<size_t>(1 - i)]);
  }
}

TEST_F(ExpertPolicyTest, ActionsStayInRangeWhateverTheNoise) {
  ExpertPolicy policy({.noise = 1, .speed = 1.5});
  double largest = 0;
  for (const Action& action : Play(policy, Episode(0), 0)) {
    for (const double number : action) largest = std::max(largest, std::abs(number));
    EXPECT_EQ(action[6], -1) << "no noise on the fingers";
  }
  EXPECT_EQ(largest, 1);
}

TEST_F(ExpertPolicyTest, NoiseDependsOnTheEpisode) {
  constexpr double kNoise = 0.05;
  ExpertPolicy quiet;
  ExpertPolicy noisy({.noise = kNoise, .speed = 1});
  const auto noise = [&](const EpisodeSpec& episode) {
    const Action without = Play(quiet, episode, 0, 1, 1).at(0);
    Action with = Play(noisy, episode, 0, 1, 1).at(0);
    for (size_t i = 0; i < with.size(); ++i) with[i] -= without[i];
    return with;
  };
  const Action added = noise(Episode(0));
  EXPECT_EQ(noise(Episode(0)), added);
  EXPECT_NE(noise(Episode(1)), added);
  EpisodeSpec other_seed = Episode(0);
  other_seed.seed = 1;
  EXPECT_NE(noise(other_seed), added);
  const double reach = std::sqrt(3.0) * kNoise;
  EXPECT_THAT(added, Each(testing::AllOf(testing::Ge(-reach), testing::Le(reach))));
}

TEST_F(ExpertPolicyTest, DescribesItself) {
  EXPECT_EQ(ExpertPolicy({.noise = 0.05, .speed = 0.9}).description(),
            "expert (noise 0.05, speed 0.9, close 11)");
  EXPECT_TRUE(ExpertPolicy().frames().empty());
}

TEST_F(ExpertPolicyTest, TellsWhatItBegins) {
  std::vector<std::string> said;
  ExpertPolicy policy({}, [&](int slot, int step, const std::string& what) {
    said.push_back(fmt::format("{} {} {}", slot, step, what));
  });
  Play(policy, Episode(0), 3);
  EXPECT_THAT(said, ElementsAre("3 0 take akita_black_bowl_1"));
}

// All of it: a thing is taken, carried and let go until the goal holds.
TEST_F(ExpertPolicyTest, SolvesAnEpisode) {
  const EpisodeResult result = PlayToTheEnd(0, {});
  EXPECT_TRUE(result.success());
  EXPECT_LT(result.steps, MaxSteps(kProtocol, "libero_goal") / 2);
}

TEST_F(ExpertPolicyTest, TakesUpWhatItDropped) {
  const EpisodeResult result = PlayToTheEnd(4, {.drop = 0.5});
  EXPECT_TRUE(result.success());
  EXPECT_GT(result.steps, PlayToTheEnd(4, {}).steps + 30) << "it was not dropped";
}

}  // namespace
}  // namespace libero
