#include "tasks/rollout.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tasks/policies/random_policy.h"
#include "tests/tasks/rollout_fakes.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::ThrowsMessage;

constexpr int kMaxSteps = 4;

class RolloutTest : public testing::Test {
 protected:
  // Where all tests run in one process, the scene that most of them use is loaded once.
  static void SetUpTestSuite() {
    store_ = std::make_unique<SceneStore>(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
    const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
    goal_ = LoadTaskSetup(FindSuite(suites, "libero_goal").tasks[0], *store_);
  }
  static void TearDownTestSuite() {
    goal_.reset();
    store_.reset();
  }

  RolloutTest() {
    options_.protocol = FindProtocol("univla");
    options_.protocol.settle_steps = 2;
    SetMaxSteps(options_.protocol, kMaxSteps);
    options_.make_renderer = rendering_.factory();
  }

  static EpisodeSpec Episode(int init_index, int task_index = 0,
                             const std::string& suite = "libero_goal") {
    return {.suite = suite,
            .task_index = task_index,
            .init_index = init_index,
            .reset_index = init_index + 1};
  }

  // `num` episodes of one task.
  static std::vector<EpisodeSpec> Episodes(int num) {
    std::vector<EpisodeSpec> episodes;
    for (int i = 0; i < num; ++i) episodes.push_back(Episode(i));
    return episodes;
  }

  RolloutStatus Run(const std::vector<EpisodeSpec>& episodes, Policy& policy) {
    return RunEpisodes(episodes, suites_, *store_, policy, options_,
                       [&](const EpisodeResult& result) { results_.push_back(result); });
  }

  // The results by init state.
  [[nodiscard]] std::map<int, EpisodeResult> ByInit() const {
    std::map<int, EpisodeResult> results;
    for (const EpisodeResult& result : results_) results[result.spec.init_index] = result;
    EXPECT_EQ(results.size(), results_.size());
    return results;
  }

  // Has the policy look at a small picture.
  void LookAtPictures(FakePolicy& policy) {
    policy.frame_specs = {{"agentview", 8, 4}, {"robot0_eye_in_hand", 4, 8}};
  }

  std::vector<Suite> suites_ = LoadSuites(LIBERO_DEPS_DIR);
  static inline std::unique_ptr<SceneStore> store_;
  static inline std::optional<TaskSetup> goal_;
  FakeRendering rendering_;
  RolloutOptions options_;
  std::vector<EpisodeResult> results_;
};

using Outcome = std::tuple<std::string, int, int, EpisodeEnd, int, uint64_t, std::string>;

std::set<Outcome> Outcomes(const std::vector<EpisodeResult>& results) {
  std::set<Outcome> outcomes;
  for (const EpisodeResult& result : results) {
    outcomes.insert({result.spec.suite, result.spec.task_index, result.spec.init_index, result.end,
                     result.steps, result.final_state_hash, result.error});
  }
  return outcomes;
}

TEST_F(RolloutTest, ResultsDoNotDependOnSlotsThreadsOrOrder) {
  std::vector<EpisodeSpec> episodes = Episodes(4);
  episodes.push_back(Episode(0, 3));
  episodes.push_back(Episode(1, 3));
  episodes.push_back(Episode(0, 0, "libero_object"));
  episodes.push_back(Episode(1, 0, "libero_object"));
  RandomPolicy policy;
  Run(episodes, policy);
  const std::set<Outcome> expected = Outcomes(results_);
  ASSERT_EQ(expected.size(), episodes.size());

  for (const auto& [num_slots, num_threads] : {std::pair{2, 1}, {3, 2}, {16, 4}}) {
    options_.num_slots = num_slots;
    options_.num_threads = num_threads;
    std::rotate(episodes.begin(), episodes.begin() + 3, episodes.end());
    std::ranges::reverse(episodes);
    results_.clear();
    Run(episodes, policy);
    EXPECT_EQ(Outcomes(results_), expected) << num_slots << " slots";
  }
}

TEST_F(RolloutTest, EpisodesDifferByInitStateAndSeed) {
  std::vector<EpisodeSpec> episodes = Episodes(2);
  episodes.push_back(Episode(0));
  episodes.back().seed = 1;
  RandomPolicy policy;
  Run(episodes, policy);
  EXPECT_NE(results_.at(0).final_state_hash, results_.at(1).final_state_hash);
  EXPECT_NE(results_.at(0).final_state_hash, results_.at(2).final_state_hash);
}

TEST_F(RolloutTest, RefillsSlotsAndCounts) {
  options_.num_slots = 2;
  options_.num_threads = 2;
  std::vector<int> begun;
  FakePolicy policy;
  policy.on_begin = [&](int slot, const EpisodeSpec&) {
    begun.push_back(slot);
  };
  const RolloutStatus status = Run(Episodes(5), policy);
  EXPECT_EQ(begun.size(), 5u);
  EXPECT_THAT(begun, testing::Each(testing::AnyOf(0, 1)));
  EXPECT_EQ(status.num_finished, 5);
  EXPECT_EQ(status.num_running, 0);
  EXPECT_EQ(status.num_steps, 5 * kMaxSteps);
  for (const auto& [init_index, result] : ByInit()) {
    EXPECT_EQ(result.end, EpisodeEnd::kTimeout);
    EXPECT_EQ(result.steps, kMaxSteps);
    EXPECT_GT(result.wall_s, 0);
  }
}

TEST_F(RolloutTest, LeavesToOthersWhatItDoesNotClaim) {
  options_.num_slots = 2;
  std::vector<int> asked;
  options_.claim = [&](const EpisodeSpec& episode) {
    asked.push_back(episode.init_index);
    return episode.init_index % 2 == 1;
  };
  FakePolicy policy;
  const RolloutStatus status = Run(Episodes(5), policy);
  EXPECT_THAT(asked, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(status.num_finished, 2);
  EXPECT_EQ(ByInit().count(1), 1u);
  EXPECT_EQ(ByInit().count(3), 1u);
}

TEST_F(RolloutTest, CountsSubGoals) {
  FakePolicy policy;
  Run(Episodes(1), policy);
  EXPECT_EQ(results_.at(0).progress.num_predicates, 1);
  EXPECT_EQ(results_.at(0).progress.best, 0);
  EXPECT_EQ(results_.at(0).progress.end, 0);
}

TEST_F(RolloutTest, TellsThePolicyWhichStepItIs) {
  options_.num_slots = 2;
  std::map<int, std::vector<int>> steps;  // by slot
  FakePolicy policy;
  policy.act = [&](std::span<const PolicyInput> inputs, std::span<Action>) {
    for (const PolicyInput& input : inputs) {
      steps[input.slot].push_back(input.step);
      EXPECT_TRUE(input.frames.empty());
    }
  };
  Run(Episodes(2), policy);
  EXPECT_THAT(steps,
              ElementsAre(Pair(0, ElementsAre(0, 1, 2, 3)), Pair(1, ElementsAre(0, 1, 2, 3))));
}

// A copy of a suite whose first task's goal is something else.
Suite WithGoal(Suite suite, const std::string& goal, const std::filesystem::path& path) {
  std::ifstream file(suite.tasks[0].bddl_path);
  std::stringstream text;
  text << file.rdbuf();
  const std::string original = text.str();
  std::ofstream(path) << original.substr(0, original.find("(:goal")) << "(:goal (And " << goal
                      << ")))\n";
  suite.tasks[0].bddl_path = path;
  return suite;
}

// The harnesses look at the goal after an action only.
TEST_F(RolloutTest, ATaskThatIsSolvedFromTheBeginningEndsAfterOneAction) {
  Suite& suite = *std::ranges::find(suites_, "libero_goal", &Suite::name);
  const TestFolder folder;
  suite = WithGoal(suite, "(Up wooden_cabinet_1_top_side)", folder / "solved.bddl");
  FakePolicy policy;
  Run(Episodes(1), policy);
  EXPECT_TRUE(results_.at(0).success()) << results_.at(0).error;
  EXPECT_EQ(results_.at(0).steps, 1);
}

TEST_F(RolloutTest, AnUnstableSimulationIsAnEndAndNoError) {
  LogMujocoWarnings();
  FakePolicy policy;
  policy.act = [](std::span<const PolicyInput> inputs, std::span<Action> actions) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      actions[i] = {};
      if (inputs[i].step < 1) continue;
      auto& env = const_cast<Env&>(*inputs[i].env);  // stands still while the policy thinks
      env.world().data().qvel[0] = std::numeric_limits<double>::infinity();
    }
  };
  Run(Episodes(1), policy);
  ASSERT_EQ(results_.size(), 1U);
  EXPECT_EQ(results_[0].end, EpisodeEnd::kDiverged);
  EXPECT_EQ(results_[0].steps, 2);
  EXPECT_EQ(results_[0].error, "");
  EXPECT_FALSE(results_[0].success());
}

TEST_F(RolloutTest, DrawsOnlyWhatIsAskedFor) {
  FakePolicy policy;
  LookAtPictures(policy);
  policy.needs_frames = [](int) {
    return false;
  };
  RolloutStatus status = Run(Episodes(2), policy);
  EXPECT_EQ(rendering_.num_made, 0);
  EXPECT_EQ(status.num_frames, 0);
  EXPECT_EQ(status.renderer_description, "");

  bool needs_frames = false;
  policy.needs_frames = [&](int) {
    return needs_frames = !needs_frames;
  };
  status = Run({Episode(0)}, policy);
  EXPECT_EQ(rendering_.num_drawn, 2 * kMaxSteps / 2) << "two cameras, every other step";
  EXPECT_EQ(status.num_frames, 2 * kMaxSteps / 2);
  EXPECT_EQ(status.renderer_description, "fake");
}

TEST_F(RolloutTest, PicturesShowTheStateBeforeTheAction) {
  options_.num_slots = 3;
  options_.num_threads = 2;
  FakePolicy policy;
  LookAtPictures(policy);
  policy.act = [](std::span<const PolicyInput> inputs, std::span<Action>) {
    for (const PolicyInput& input : inputs) {
      ASSERT_EQ(input.frames.size(), 2u);
      EXPECT_EQ(input.frames[0].width, 8);
      EXPECT_EQ(input.frames[1].width, 4);
      for (size_t i = 0; i < 2; ++i) {
        const int camera =
            FindCamera(input.env->world().model(), i == 0 ? "agentview" : "robot0_eye_in_hand");
        EXPECT_EQ(input.frames[i].rgb,
                  FakeRenderer::Picture(input.env->snapshot(), camera, size_t{8 * 4 * 3}));
      }
    }
  };
  Run(Episodes(4), policy);
  EXPECT_EQ(rendering_.num_drawn, 4 * 2 * kMaxSteps);
  EXPECT_LE(rendering_.max_alive, 2);
}

// The policy waits in Act until a worker draws for another slot.
TEST_F(RolloutTest, WorkersMoveWhileThePolicyThinks) {
  constexpr std::chrono::seconds kPatience{2};
  options_.num_slots = 4;
  std::mutex mutex;
  std::condition_variable has_drawn;
  int num_drawn = 0;
  bool has_overlapped = false;
  rendering_.on_draw = [&](int) {
    const std::lock_guard lock(mutex);
    ++num_drawn;
    has_drawn.notify_all();
  };
  FakePolicy policy;
  LookAtPictures(policy);
  policy.act = [&](std::span<const PolicyInput> inputs, std::span<Action>) {
    if (has_overlapped || inputs.size() == 4 || inputs[0].step == 0) return;
    std::unique_lock lock(mutex);
    const int before = num_drawn;
    has_overlapped = has_drawn.wait_for(lock, kPatience, [&] { return num_drawn > before; });
  };
  Run(Episodes(4), policy);
  EXPECT_TRUE(has_overlapped);
}

TEST_F(RolloutTest, AnErrorStaysWithItsEpisodeAfterOneMoreTry) {
  options_.num_slots = 3;
  options_.num_threads = 2;
  std::map<int, int> num_begun;  // by init state
  std::map<int, EpisodeSpec> playing;
  FakePolicy policy;
  policy.on_begin = [&](int slot, const EpisodeSpec& episode) {
    playing[slot] = episode;
    ++num_begun[episode.init_index];
  };
  policy.act = [&](std::span<const PolicyInput> inputs, std::span<Action> actions) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      const bool is_bad = playing[inputs[i].slot].init_index == 1 && inputs[i].step == 2;
      if (is_bad) actions[i][3] = std::numeric_limits<double>::quiet_NaN();
    }
  };
  Run(Episodes(4), policy);
  const auto results = ByInit();
  ASSERT_EQ(results.size(), 4u);
  EXPECT_THAT(results.at(1).error,
              HasSubstr("step 2: policy fake chose an action that is not finite"));
  EXPECT_FALSE(results.at(1).success());
  EXPECT_EQ(results.at(1).steps, 2);
  EXPECT_THAT(num_begun, ElementsAre(Pair(0, 1), Pair(1, 2), Pair(2, 1), Pair(3, 1)));
  for (const int other : {0, 2, 3}) {
    EXPECT_EQ(results.at(other).error, "");
    EXPECT_EQ(results.at(other).steps, kMaxSteps);
  }
}

TEST_F(RolloutTest, ASecondTryLeavesNoTrace) {
  FakePolicy policy;
  LookAtPictures(policy);
  Run({Episode(0)}, policy);
  rendering_.num_drawn = 0;
  rendering_.on_draw = [](int num_drawn) {
    if (num_drawn == 5) throw Error("lost the device");
  };
  Run({Episode(0)}, policy);
  EXPECT_EQ(results_.at(1).error, "");
  EXPECT_EQ(Outcomes({results_.at(1)}), Outcomes({results_.at(0)}));
  EXPECT_EQ(rendering_.num_made, 3) << "one for the first run, two for the second";
}

TEST_F(RolloutTest, ReportsInitStatesTasksAndSuitesThatAreNotThere) {
  FakePolicy policy;
  Run({Episode(50), Episode(0, 10), Episode(0, 0, "libero_gaol"), Episode(1)}, policy);
  EXPECT_THAT(results_.at(0).error, HasSubstr("50"));
  EXPECT_THAT(results_.at(1).error, HasSubstr("libero_goal has no task 10"));
  EXPECT_THAT(results_.at(2).error, HasSubstr("libero_gaol"));
  EXPECT_EQ(results_.at(3).error, "");
}

TEST_F(RolloutTest, FindsWhoseFaultAnExceptionOfActIs) {
  options_.num_slots = 3;
  std::map<int, int> playing;  // init state by slot
  FakePolicy policy;
  policy.on_begin = [&](int slot, const EpisodeSpec& episode) {
    playing[slot] = episode.init_index;
  };
  policy.act = [&](std::span<const PolicyInput> inputs, std::span<Action>) {
    for (const PolicyInput& input : inputs) {
      if (playing[input.slot] == 2) throw Error("out of memory");
    }
  };
  Run(Episodes(3), policy);
  const auto results = ByInit();
  EXPECT_EQ(results.at(0).error, "");
  EXPECT_EQ(results.at(1).error, "");
  EXPECT_EQ(results.at(2).error, "out of memory");
}

TEST_F(RolloutTest, FinishesWhatRuns) {
  options_.num_slots = 2;
  std::stop_source finish;
  options_.finish = finish.get_token();
  FakePolicy policy;
  policy.act = [&](std::span<const PolicyInput> inputs, std::span<Action>) {
    if (inputs[0].step == 2) finish.request_stop();
  };
  Run(Episodes(6), policy);
  ASSERT_EQ(results_.size(), 2u);
  for (const EpisodeResult& result : results_) EXPECT_EQ(result.end, EpisodeEnd::kTimeout);
}

TEST_F(RolloutTest, StopsAtOnce) {
  options_.num_slots = 2;
  std::stop_source stop;
  options_.stop = stop.get_token();
  FakePolicy policy;
  policy.act = [&](std::span<const PolicyInput> inputs, std::span<Action>) {
    if (inputs[0].step == 1) stop.request_stop();
  };
  Run(Episodes(6), policy);
  ASSERT_EQ(results_.size(), 2u);
  for (const EpisodeResult& result : results_) {
    EXPECT_EQ(result.end, EpisodeEnd::kCancelled);
    EXPECT_LT(result.steps, kMaxSteps);
  }
}

TEST_F(RolloutTest, PassesOnWhatTheCallbackThrows) {
  options_.num_slots = 2;
  FakePolicy policy;
  EXPECT_THAT(
      [&] {
        RunEpisodes(Episodes(4), suites_, *store_, policy, options_,
                    [](const EpisodeResult&) { throw Error("disk full"); });
      },
      ThrowsMessage<Error>("disk full"));
}

TEST_F(RolloutTest, HoldsNoSceneLongerThanNeeded) {
  std::map<int, long> num_scenes_alive;
  std::vector<std::weak_ptr<const Scene>> scenes;
  FakePolicy policy;
  policy.act = [&](std::span<const PolicyInput> inputs, std::span<Action>) {
    if (inputs[0].step == 0) scenes.push_back(inputs[0].env->setup().scene);
  };
  std::vector<long> alive;
  RunEpisodes(std::vector{Episode(0, 0, "libero_object"), Episode(0, 1, "libero_object"),
                          Episode(0, 2, "libero_object")},
              suites_, *store_, policy, options_, [&](const EpisodeResult&) {
                alive.push_back(std::ranges::count_if(
                    scenes, [](const auto& scene) { return !scene.expired(); }));
              });
  EXPECT_THAT(alive, ElementsAre(1, 1, 1)) << "the last one's";
}

TEST_F(RolloutTest, RefusesOptionsOutOfRange) {
  FakePolicy policy;
  options_.num_slots = 0;
  EXPECT_THAT([&] { Run(Episodes(1), policy); }, ThrowsMessage<Error>(HasSubstr("got 0")));
  options_.num_slots = 1;
  options_.make_renderer = nullptr;
  LookAtPictures(policy);
  EXPECT_THAT([&] { Run(Episodes(1), policy); }, ThrowsMessage<Error>(HasSubstr("pictures")));
}

}  // namespace
}  // namespace libero
