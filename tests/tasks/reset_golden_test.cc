// Every recorded reset against the Python stack's: qpos, body_pos and body_quat, bit by bit.

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/scene_store.h"
#include "tasks/reset_sampler.h"
#include "tasks/workspace.h"
#include "tests/golden/fingerprint.h"
#include "tests/golden/suite_groups.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

constexpr std::array kQuantities = {"qpos", "body_pos", "body_quat"};

struct RecordedReset {
  int task = 0;
  int index = 0;
  std::array<std::string, 3> hashes;  // of kQuantities
  std::array<double, 3> sums{};
};

std::vector<RecordedReset> ReadResets(const std::string& suite) {
  std::ifstream stream(fmt::format("{}/resets/{}.txt", LIBERO_GOLDEN_DIR, suite));
  std::vector<RecordedReset> resets;
  for (RecordedReset r; stream >> r.task >> r.index;) {
    for (size_t i = 0; i < kQuantities.size(); ++i) stream >> r.hashes[i] >> r.sums[i];
    resets.push_back(r);
  }
  return resets;
}

// qpos, and the model's body poses with the fixtures' written in.
std::array<std::vector<double>, 3> Quantities(const mjModel& model, const ResetState& state) {
  std::vector<double> body_pos(model.body_pos, model.body_pos + 3 * model.nbody);
  std::vector<double> body_quat(model.body_quat, model.body_quat + 4 * model.nbody);
  for (const FixturePose& fixture : state.fixtures) {
    std::ranges::copy(fixture.pos, body_pos.begin() + 3 * fixture.body_id);
    std::ranges::copy(fixture.quat, body_quat.begin() + 4 * fixture.body_id);
  }
  return {state.qpos, body_pos, body_quat};
}

class ResetGoldenTest : public testing::TestWithParam<std::string> {
 protected:
  // Compares the recorded resets of one task; returns how many quantities differ by rounding.
  int CompareTask(const Task& task, const Scene& scene, const std::vector<RecordedReset>& resets) {
    int num_rounded = 0;
    ResetSampler sampler(LoadProblem(task.bddl_path), *scene.model, scene.objects, 0);
    for (const RecordedReset& expected : resets) {
      if (expected.task != task.index) continue;
      const auto actual = Quantities(*scene.model, sampler.Sample(expected.index));
      for (size_t i = 0; i < kQuantities.size(); ++i) {
        const Match match = Compare(FingerprintOf(actual[i].data(), actual[i].size()),
                                    expected.hashes[i], expected.sums[i], same_arithmetic_);
        EXPECT_NE(match, Match::kDifferent) << task.suite << " " << task.index << ", reset "
                                            << expected.index << ": " << kQuantities[i];
        num_rounded += match == Match::kRounding ? 1 : 0;
      }
    }
    return num_rounded;
  }

  bool same_arithmetic_ =
      ThisMachine() ==
      RecordingMachine(nlohmann::json::parse(std::ifstream(LIBERO_GOLDEN_DIR "/scenes.json")));
};

TEST_P(ResetGoldenTest, EveryResetEqualsThePythonStacks) {
  SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  std::shared_ptr<const Scene> scene;  // held until the next is there: neighbours share it
  std::map<std::string, std::vector<RecordedReset>> recorded;
  int num_rounded = 0;
  for (const Task& task : SuiteGroupTasks(GetParam())) {
    auto& resets = recorded[task.suite];
    if (resets.empty()) resets = ReadResets(task.suite);
    ASSERT_FALSE(resets.empty()) << task.suite;
    scene = store.Get(MakeSceneSpec(LoadProblem(task.bddl_path)));
    num_rounded += CompareTask(task, *scene, resets);
  }
  if (num_rounded > 0) {
    RecordProperty("rounded", num_rounded);
    std::cout << num_rounded
              << " values differ by rounding (at most 2 ulp) on this CPU and C library\n";
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, ResetGoldenTest, testing::ValuesIn(SuiteGroups()), SuiteGroupName);

// Reset 50 asked for at once equals reset 50 reached one by one, and going back is allowed.
TEST(ResetSamplerTest, EachResetIsAFunctionOfItsIndex) {
  const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
  const Problem problem = LoadProblem(FindSuite(suites, "libero_spatial").tasks[3].bddl_path);
  SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  const auto scene = store.Get(MakeSceneSpec(problem));
  ResetSampler walking(problem, *scene->model, scene->objects, 7);
  ResetSampler jumping(problem, *scene->model, scene->objects, 7);
  const std::vector<double> third = walking.Sample(3).qpos;
  for (int i = 4; i < 50; ++i) (void)walking.Sample(i);
  EXPECT_EQ(jumping.Sample(50).qpos, walking.Sample(50).qpos);
  EXPECT_EQ(jumping.Sample(3).qpos, third);
  EXPECT_NE(jumping.Sample(4).qpos, third);
}

TEST(ResetSamplerTest, CountsResetsFromOne) {
  const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
  const Problem problem = LoadProblem(FindSuite(suites, "libero_goal").tasks[0].bddl_path);
  SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  const auto scene = store.Get(MakeSceneSpec(problem));
  ResetSampler sampler(problem, *scene->model, scene->objects, 0);
  EXPECT_THROW((void)sampler.Sample(0), Error);
}

}  // namespace
}  // namespace libero
