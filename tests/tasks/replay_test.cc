#include "tasks/replay.h"

#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kFile =
    LIBERO_GOLDEN_DIR "/demos/open_the_middle_drawer_of_the_cabinet_demo.hdf5";
constexpr double kWrittenDigits = 1e-6;  // MuJoCo saves poses with 6 digits

// The Python stack's own record of the scene: two demonstrations of 10 steps in libero_goal 0.
class ReplayTest : public testing::Test {
 protected:
  DemoFile file_{kFile};
  std::vector<Suite> suites_ = LoadSuites(LIBERO_DEPS_DIR);
  SceneStore store_{LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR};
  TaskSetup setup_ = LoadTaskSetup(FindDemoTask(file_, suites_), store_);
  Env env_{setup_, {.seed = file_.seed().value()}};

  // Position and quaternion of a fixture, as the world has it now.
  std::vector<double> FixturePose(const std::string& fixture) const {
    const mjModel& model = env_.world().model();
    const int body = mj_name2id(&model, mjOBJ_BODY, (fixture + "_main").c_str());
    EXPECT_GE(body, 0) << fixture;
    std::vector<double> pose(model.body_pos + ptrdiff_t{3} * body,
                             model.body_pos + ptrdiff_t{3} * (body + 1));
    pose.insert(pose.end(), model.body_quat + ptrdiff_t{4} * body,
                model.body_quat + ptrdiff_t{4} * (body + 1));
    return pose;
  }

  // Position and quaternion as the Python stack had them, in full precision.
  std::vector<double> RecordedPose(int demo, const std::string& fixture) const {
    const auto poses = nlohmann::json::parse(
        Hdf5File(kFile).ReadText("data/demo_" + std::to_string(demo), "fixture_poses"));
    std::vector<double> pose = poses.at(fixture).at(0);
    const std::vector<double> quat = poses.at(fixture).at(1);
    pose.insert(pose.end(), quat.begin(), quat.end());
    return pose;
  }
};

constexpr std::array kFixtures = {"wooden_cabinet_1", "flat_stove_1", "wine_rack_1"};

TEST_F(ReplayTest, ProtocolPutsFixturesWhereThePythonStackHadThem) {
  for (const int number : file_.demo_numbers()) {
    StartReplay(env_, file_.Read(number), ReplayScene::kProtocol);
    for (const char* fixture : kFixtures) {
      EXPECT_EQ(FixturePose(fixture), RecordedPose(number, fixture)) << number << " " << fixture;
    }
  }
}

TEST_F(ReplayTest, ModelPutsFixturesWhereThePythonStackHadThem) {
  for (const int number : file_.demo_numbers()) {
    StartReplay(env_, file_.Read(number), ReplayScene::kModel);
    for (const char* fixture : kFixtures) {
      EXPECT_THAT(FixturePose(fixture), testing::Pointwise(testing::DoubleNear(kWrittenDigits),
                                                           RecordedPose(number, fixture)))
          << number << " " << fixture;
    }
  }
  EXPECT_GT(std::abs(RecordedPose(0, "flat_stove_1")[0] - RecordedPose(1, "flat_stove_1")[0]),
            100 * kWrittenDigits)
      << "the demonstrations must differ for this to show anything";
}

TEST_F(ReplayTest, StartsInTheRecordedState) {
  for (const ReplayScene scene : {ReplayScene::kProtocol, ReplayScene::kModel}) {
    for (const int number : file_.demo_numbers()) {
      const ReplayResult result = Replay(env_, file_.Read(number), scene);
      EXPECT_EQ(result.state_errors.front(), 0.0) << ReplaySceneName(scene) << " " << number;
    }
  }
}

TEST_F(ReplayTest, CountsSteps) {
  const ReplayResult result = Replay(env_, file_.Read(1), ReplayScene::kProtocol);
  EXPECT_EQ(result.name, "demo_1");
  EXPECT_EQ(result.steps, 10);
  EXPECT_EQ(result.state_errors.size(), 11U);
  EXPECT_THAT(result.success_flags, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(result.success_flags_equal, true);
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.first_success_step, std::nullopt);
  EXPECT_EQ(result.max_state_error, *std::ranges::max_element(result.state_errors));
}

TEST_F(ReplayTest, DoesNotDependOnWhatWasPlayedBefore) {
  const auto play = [&](int number) {
    return Replay(env_, file_.Read(number), ReplayScene::kProtocol).state_errors;
  };
  const auto fresh = play(0);
  (void)play(1);
  EXPECT_EQ(play(0), fresh);
}

TEST_F(ReplayTest, HasNoErrorsWhereTheFileHasNoStates) {
  Demo demo = file_.Read(0);
  demo.states.clear();
  demo.success.clear();
  ReplayResult result = Replay(env_, demo, ReplayScene::kProtocol);
  EXPECT_EQ(result.state_errors.front(), std::nullopt);
  EXPECT_TRUE(result.state_errors.back().has_value());
  EXPECT_EQ(result.max_state_error, result.state_errors.back());
  EXPECT_EQ(result.success_flags_equal, std::nullopt);

  demo.final_state.clear();
  result = Replay(env_, demo, ReplayScene::kProtocol);
  EXPECT_THAT(result.state_errors, testing::Each(std::nullopt));
  EXPECT_EQ(result.max_state_error, std::nullopt);
}

TEST_F(ReplayTest, SaysWhenSuccessDiffers) {
  Demo demo = file_.Read(0);
  demo.success[4] = 1;
  EXPECT_EQ(Replay(env_, demo, ReplayScene::kProtocol).success_flags_equal, false);
}

// The drawer is put where the goal wants it; the arm stays away from it.
TEST_F(ReplayTest, NoticesSuccess) {
  Demo demo = file_.Read(0);
  const mjModel& model = env_.world().model();
  const int drawer = mj_name2id(&model, mjOBJ_JOINT, "wooden_cabinet_1_middle_level");
  ASSERT_GE(drawer, 0);
  demo.init_index.reset();
  demo.init_state.at(1 + static_cast<size_t>(model.jnt_qposadr[drawer])) = -0.155;
  const ReplayResult result = Replay(env_, demo, ReplayScene::kProtocol);
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.first_success_step, 0);
  EXPECT_EQ(result.success_flags.front(), 1);
  EXPECT_EQ(result.success_flags_equal, false);
}

TEST_F(ReplayTest, StartsFromWhatThereIs) {
  Demo demo = file_.Read(1);
  const std::vector<double> published = demo.init_state;
  demo.init_state.assign(published.size(), 0.5);
  demo.states[0] = 0.25;
  const auto start_time = [&](ReplayScene scene) {
    StartReplay(env_, demo, scene);
    return env_.world().State()[0];
  };
  EXPECT_EQ(start_time(ReplayScene::kProtocol), published[0]) << "the published init state";
  EXPECT_EQ(start_time(ReplayScene::kModel), 0.25) << "states[0]";
  demo.init_index.reset();
  EXPECT_EQ(start_time(ReplayScene::kProtocol), 0.5) << "init_state";
  demo.init_state.clear();
  EXPECT_EQ(start_time(ReplayScene::kProtocol), 0.25) << "states[0]";
}

TEST_F(ReplayTest, FollowsTheResetThatTheFileNames) {
  Demo demo = file_.Read(1);
  demo.reset_index = 5;
  StartReplay(env_, demo, ReplayScene::kProtocol);
  const std::vector<double> stove = FixturePose("flat_stove_1");
  env_.Reset(5);
  EXPECT_EQ(FixturePose("flat_stove_1"), stove);
  env_.Reset(2);
  EXPECT_NE(FixturePose("flat_stove_1"), stove) << "of demo_1 without it";
}

TEST_F(ReplayTest, TakesTheSettleStepsThatTheDemonstrationBeganWith) {
  Demo demo = file_.Read(1);
  demo.settle_steps = 2;
  demo.settle_action = {0, 0, 0.5, 0, 0, 0, -1};
  for (const ReplayScene scene : {ReplayScene::kProtocol, ReplayScene::kModel}) {
    StartReplay(env_, demo, scene);
    const std::vector<double> settled = env_.world().State();
    PlaceReplay(env_, demo, scene);
    EXPECT_TRUE(std::ranges::equal(env_.world().State(), demo.init_state));
    env_.Step(demo.settle_action);
    env_.Step(demo.settle_action);
    EXPECT_EQ(env_.world().State(), settled) << ReplaySceneName(scene);
  }
}

TEST_F(ReplayTest, TakesTheProtocolIfSeedAndInitIndexAreKnown) {
  Demo demo = file_.Read(0);
  EXPECT_EQ(DefaultReplayScene(file_, demo), ReplayScene::kProtocol);
  demo.init_index.reset();
  EXPECT_EQ(DefaultReplayScene(file_, demo), ReplayScene::kModel);
  demo.reset_index = 51;
  EXPECT_EQ(DefaultReplayScene(file_, demo), ReplayScene::kProtocol);
  demo.reset_index.reset();
  demo.model_file.reset();
  EXPECT_EQ(DefaultReplayScene(file_, demo), ReplayScene::kProtocol);
}

TEST_F(ReplayTest, RefusesWhatCannotBeStarted) {
  const auto message_of = [&](ReplayScene scene, const Demo& demo) {
    try {
      CheckReplayable(demo, scene, setup_.problem, setup_.init_states);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const Demo good = file_.Read(0);
  EXPECT_EQ(message_of(ReplayScene::kProtocol, good), "no error");
  EXPECT_EQ(message_of(ReplayScene::kModel, good), "no error");

  Demo demo = good;
  demo.state_size = 92;
  EXPECT_THAT(message_of(ReplayScene::kProtocol, demo),
              HasSubstr("/data/demo_0: expected states of 79 numbers for this task, got 92"));
  demo = good;
  demo.init_index = 50;
  EXPECT_THAT(message_of(ReplayScene::kProtocol, demo),
              HasSubstr("attribute init_index: expected an init state from 0 to 49, got 50"));
  EXPECT_EQ(message_of(ReplayScene::kModel, demo), "no error");
  demo.model_file.reset();
  EXPECT_THAT(message_of(ReplayScene::kModel, demo), HasSubstr("there is no attribute model_file"));
  demo.model_file =
      "<mujoco><worldbody><body name=\"wooden_cabinet_1_main\"/></worldbody></mujoco>";
  EXPECT_THAT(message_of(ReplayScene::kModel, demo),
              HasSubstr("model_file: there is no body \"flat_stove_1_main\""));
  demo = {.where = "x: ", .actions = good.actions};
  EXPECT_THAT(message_of(ReplayScene::kProtocol, demo),
              HasSubstr("x: expected states or init_state, got neither"));
}

}  // namespace
}  // namespace libero
