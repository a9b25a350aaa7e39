#include "viewer/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tasks/rollout.h"
#include "tests/viewer/viewer_fixture.h"

namespace libero {
namespace {

class SimulationTest : public ViewerFixture {
 protected:
  SimulationTest() { SetMaxSteps(options_.protocol, 30); }

  static EpisodeChoice Choice(const std::string& policy, int init = 2) {
    return {.episode = {.suite = "libero_goal",
                        .task_index = 1,
                        .init_index = init,
                        .reset_index = init + 1},
            .policy = policy};
  }

  // What a rollout without a viewer makes of it.
  EpisodeResult RunHeadless(const EpisodeChoice& choice) {
    const std::unique_ptr<Policy> policy =
        MakeTestPolicy(choice.policy, options_.protocol, choice.episode.suite);
    EpisodeResult result;
    RunEpisodes({&choice.episode, 1}, suites_, store_, *policy,
                {.protocol = options_.protocol, .make_renderer = options_.make_renderer},
                [&](const EpisodeResult& ended) { result = ended; });
    return result;
  }
};

TEST_F(SimulationTest, ShowsWhatARolloutWithoutViewerDoes) {
  for (const char* policy : {"shaking", "expert", "seeing"}) {
    SCOPED_TRACE(policy);
    const EpisodeChoice choice = Choice(policy);
    Simulation simulation(suites_, store_, options_);
    simulation.Load(choice);
    simulation.SetTarget(1000);
    simulation.WaitUntilIdle();
    const EpisodeResult watched = simulation.Result();
    const EpisodeResult headless = RunHeadless(choice);
    EXPECT_EQ(watched.error, "");
    EXPECT_EQ(watched.final_state_hash, headless.final_state_hash);
    EXPECT_EQ(watched.steps, headless.steps);
    EXPECT_EQ(watched.end, headless.end);
    EXPECT_EQ(simulation.Read()->num_steps(), headless.steps);
  }
}

TEST_F(SimulationTest, GoesAsFarAsItIsTold) {
  Simulation simulation(suites_, store_, options_);
  EXPECT_TRUE(simulation.is_idle());
  simulation.Load(Choice("seeing"));
  simulation.WaitUntilIdle();
  EXPECT_EQ(simulation.Read()->num_steps(), 0);
  simulation.SetTarget(3);
  simulation.WaitUntilIdle();
  const Simulation::Access recording = simulation.Read();
  EXPECT_EQ(recording->num_steps(), 3);
  EXPECT_TRUE(recording->moments[3].saw_frames);
  EXPECT_FALSE(recording->moments[3].end);
  EXPECT_EQ(recording->moments[3].substeps.size(), 26);
  EXPECT_NE(recording->moments[3].substeps[0].qpos, recording->moments[3].substeps[25].qpos);
  EXPECT_EQ(recording->info.goal.size(), recording->moments[0].predicates.size());
  EXPECT_THAT(recording->info.instruction, testing::HasSubstr("bowl"));
}

TEST_F(SimulationTest, GoesOnFromAnEarlierStepBitByBit) {
  Simulation simulation(suites_, store_, options_);
  simulation.Load(Choice("shaking"));
  simulation.SetTarget(20);
  simulation.WaitUntilIdle();
  const std::vector<double> end = simulation.Read()->moments[20].state.world.integration;
  simulation.ReturnTo(12);
  simulation.WaitUntilIdle();
  EXPECT_EQ(simulation.Read()->num_steps(), 12);
  simulation.SetTarget(20);
  simulation.WaitUntilIdle();
  EXPECT_EQ(simulation.Read()->moments[20].state.world.integration, end);
}

TEST_F(SimulationTest, SaysWhatWentWrongAndGoesOnWithAnotherEpisode) {
  Simulation simulation(suites_, store_, options_);
  simulation.Load(Choice("broken"));
  simulation.WaitUntilIdle();
  EXPECT_THAT(simulation.Read()->error, testing::AllOf(testing::HasSubstr("the policy is broken"),
                                                       testing::HasSubstr("mend it")));
  simulation.Load(Choice("shaking", 1000));
  simulation.WaitUntilIdle();
  EXPECT_THAT(simulation.Read()->error, testing::HasSubstr("1000"));
  simulation.Load(Choice("shaking"));
  simulation.SetTarget(1);
  simulation.WaitUntilIdle();
  EXPECT_EQ(simulation.Read()->error, "");
  EXPECT_EQ(simulation.Read()->num_steps(), 1);
}

TEST_F(SimulationTest, PullsAtBodies) {
  Simulation simulation(suites_, store_, options_);
  simulation.Load(Choice("noop"));
  simulation.WaitUntilIdle();
  int bowl = 0;
  std::array<double, 3> target{};
  {
    const Simulation::Access recording = simulation.Read();
    const mjModel& model = *recording->info.scene->model;
    bowl = mj_name2id(&model, mjOBJ_BODY, "akita_black_bowl_1_main");
    ASSERT_GT(bowl, 0);
    const std::vector<double>& xpos = recording->moments[0].state.snapshot.xpos;
    for (size_t i = 0; i < 3; ++i) target[i] = xpos[3 * static_cast<size_t>(bowl) + i];
  }
  target[2] += 0.3;
  simulation.SetPush(Push{.body = bowl, .target = target});
  simulation.SetTarget(20);
  simulation.WaitUntilIdle();
  simulation.SetPush(std::nullopt);
  simulation.SetTarget(21);
  simulation.WaitUntilIdle();
  const Simulation::Access recording = simulation.Read();
  constexpr double kSag = 0.05;  // m: gravity pulls, the spring gives
  EXPECT_NEAR(recording->moments[20].state.snapshot.xpos[3 * static_cast<size_t>(bowl) + 2],
              target[2], kSag);
  EXPECT_TRUE(recording->moments[20].was_pushed);
  EXPECT_FALSE(recording->moments[21].was_pushed);
}

// What lies on the table presses on it with its weight.
TEST_F(SimulationTest, ContactsCarryWhatLiesOnThem) {
  Simulation simulation(suites_, store_, options_);
  simulation.Load(Choice("noop"));
  simulation.SetTarget(15);
  simulation.WaitUntilIdle();
  const Simulation::Access recording = simulation.Read();
  const mjModel& model = *recording->info.scene->model;
  for (const char* name : {"akita_black_bowl_1_main", "plate_1_main", "cream_cheese_1_main"}) {
    const int body = mj_name2id(&model, mjOBJ_BODY, name);
    ASSERT_GT(body, 0) << name;
    double lift = 0;
    for (const ContactPoint& contact : recording->moments[15].contacts) {
      const bool is_first = model.body_rootid[model.geom_bodyid[contact.geom_1]] == body;
      const bool is_second = model.body_rootid[model.geom_bodyid[contact.geom_2]] == body;
      EXPECT_GT(contact.force, 0);
      // the normal is from the first to the second
      if (is_second) lift += contact.force * contact.normal[2];
      if (is_first) lift -= contact.force * contact.normal[2];
    }
    const double weight = -model.opt.gravity[2] * model.body_subtreemass[body];
    constexpr double kUnrest = 0.05;  // of the weight: things still sway, and friction lifts, too
    EXPECT_NEAR(lift, weight, kUnrest * weight) << name;
  }
}

TEST_F(SimulationTest, ChangesTasksAndPolicies) {
  Simulation simulation(suites_, store_, options_);
  EpisodeChoice choice = Choice("seeing");
  simulation.Load(choice);
  simulation.SetTarget(1);
  simulation.WaitUntilIdle();
  const uint64_t generation = simulation.Read()->generation;
  choice.episode.task_index = 4;
  choice.policy = "shaking";
  simulation.Load(choice);
  simulation.SetTarget(1);
  simulation.WaitUntilIdle();
  EXPECT_EQ(simulation.Read()->error, "");
  EXPECT_NE(simulation.Read()->generation, generation);
  EXPECT_EQ(simulation.Read()->info.task.index, 4);
  EXPECT_EQ(simulation.Read()->num_steps(), 1);
}

}  // namespace
}  // namespace libero
