#include "tasks/demo_recorder.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/rotation.h"
#include "tasks/env.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

const std::vector<std::string> kCameras = {"frontview", "agentview", "robot0_eye_in_hand"};

std::vector<std::string> Datasets(const std::vector<RecordedCamera>& cameras) {
  std::vector<std::string> names;
  for (const RecordedCamera& camera : cameras) {
    names.push_back(camera.frame.camera + " " + camera.dataset);
  }
  return names;
}

TEST(ParseCamerasTest, KnowsLiberosNames) {
  EXPECT_THAT(Datasets(ParseCameras("agentview,eye_in_hand", 128, kCameras)),
              ElementsAre("agentview agentview_rgb", "robot0_eye_in_hand eye_in_hand_rgb"));
  EXPECT_THAT(Datasets(ParseCameras("robot0_eye_in_hand,frontview", 128, kCameras)),
              ElementsAre("robot0_eye_in_hand eye_in_hand_rgb", "frontview frontview_rgb"));
  EXPECT_EQ(ParseCameras("agentview", 64, kCameras)[0].frame.height, 64);
  EXPECT_THAT(ParseCameras("none", 128, kCameras), IsEmpty());
}

TEST(ParseCamerasTest, RefusesOthers) {
  EXPECT_THAT([] { (void)ParseCameras("agentveiw", 128, kCameras); },
              ThrowsMessage<Error>(
                  AllOf(HasSubstr("--cameras: there is no camera 'agentveiw'"),
                        HasSubstr("did you mean 'agentview'?"),
                        HasSubstr("there are frontview, agentview, eye_in_hand, or none"))));
  EXPECT_THAT([] { (void)ParseCameras("agentview,", 128, kCameras); },
              ThrowsMessage<Error>(HasSubstr("there is no camera ''")));
  EXPECT_THAT([] { (void)ParseCameras("", 128, kCameras); },
              ThrowsMessage<Error>(HasSubstr("there is no camera ''")));
  EXPECT_THAT([] { (void)ParseCameras("eye_in_hand,robot0_eye_in_hand", 128, kCameras); },
              ThrowsMessage<Error>(HasSubstr("'robot0_eye_in_hand' is named twice")));
  EXPECT_THAT([] { (void)ParseCameras("none", -1, kCameras); },
              ThrowsMessage<Error>(HasSubstr("--size: expected 1 to 4096, got -1")));
}

TEST(ObservationTimeTest, HasNames) {
  EXPECT_EQ(FindObservationTime("after_action"), ObservationTime::kAfterAction);
  EXPECT_EQ(FindObservationTime("before_action"), ObservationTime::kBeforeAction);
  EXPECT_THAT([] { (void)FindObservationTime("later"); },
              ThrowsMessage<Error>(HasSubstr("got 'later'")));
}

class DemoRecorderTest : public testing::Test {
 protected:
  static constexpr int kNumSteps = 3;

  // Three steps; the picture of an instant has its number in every byte. Fills in the observations
  // and states of the instants, of which the first is before the steps.
  RecordedDemo Record(ObservationTime time) {
    DemoRecorder recorder(ParseCameras("agentview", 2, kCameras), time);
    Env env(setup_);
    env.SetInitState(0);
    recorder.Begin(env);
    env.Step({0, 0, 0, 0, 0, 0, -1});
    Look(env);
    recorder.Start(env, Picture(0));
    for (int t = 0; t < kNumSteps; ++t) {
      const Action action = {0.25 * (t + 1), 0, 0, 0, 0, 0, 1};
      env.Step(action);
      Look(env);
      recorder.AfterStep(action, env, Picture(t + 1));
    }
    return recorder.Take();
  }

  void Look(const Env& env) {
    seen_.push_back(env.Observe());
    states_.push_back(env.world().State());
  }

  std::vector<Image>& Picture(int number) {
    picture_ = {{2, 2, std::vector<uint8_t>(12, static_cast<uint8_t>(number))}};
    return picture_;
  }

  // Says that the rows of a demonstration are of these instants.
  void ExpectObservations(const RecordedDemo& demo, size_t first_instant) {
    for (size_t t = 0; t < kNumSteps; ++t) {
      const Observation& seen = seen_[first_instant + t];
      const auto row = [t](const std::vector<double>& rows, size_t width) {
        return std::vector<double>(rows.begin() + static_cast<ptrdiff_t>(t * width),
                                   rows.begin() + static_cast<ptrdiff_t>((t + 1) * width));
      };
      EXPECT_THAT(row(demo.joint_states, 7), testing::ElementsAreArray(seen.joint_pos));
      EXPECT_THAT(row(demo.gripper_states, 2), testing::ElementsAreArray(seen.gripper_qpos));
      std::vector<double> hand(seen.eef_pos.begin(), seen.eef_pos.end());
      const Vector3 rotation = AxisAngle(seen.eef_quat_xyzw);
      hand.insert(hand.end(), rotation.begin(), rotation.end());
      EXPECT_THAT(row(demo.ee_states, 6), testing::ElementsAreArray(hand));
      std::vector<double> robot(seen.gripper_qpos.begin(), seen.gripper_qpos.end());
      robot.insert(robot.end(), seen.eef_pos.begin(), seen.eef_pos.end());
      robot.insert(robot.end(), seen.eef_quat_xyzw.begin(), seen.eef_quat_xyzw.end());
      EXPECT_THAT(row(demo.robot_states, 9), testing::ElementsAreArray(robot));
      const DeflatedChunk expected =
          Deflate(Picture(static_cast<int>(first_instant + t))[0].rgb, kPictureGzipLevel);
      EXPECT_EQ(demo.pictures.at(0).at(t), expected);
    }
  }

  std::vector<Suite> suites_ = LoadSuites(LIBERO_DEPS_DIR);
  SceneStore store_{LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR};
  TaskSetup setup_ = LoadTaskSetup(FindSuite(suites_, "libero_goal").tasks[0], store_);
  std::vector<Image> picture_;
  std::vector<Observation> seen_;
  std::vector<std::vector<double>> states_;
};

TEST_F(DemoRecorderTest, ObservesAfterActionsAsLiberoDoes) {
  const RecordedDemo demo = Record(ObservationTime::kAfterAction);
  ASSERT_EQ(demo.num_steps(), 3U);
  EXPECT_EQ(demo.actions[1][0], 0.5);
  EXPECT_THAT(demo.success, ElementsAre(0, 0, 0));
  const auto begin = setup_.init_states.state(0);
  EXPECT_THAT(demo.init_state, testing::ElementsAreArray(begin));
  std::vector<double> before;
  for (size_t t = 0; t < kNumSteps; ++t) {
    before.insert(before.end(), states_[t].begin(), states_[t].end());
  }
  EXPECT_EQ(demo.states, before);
  EXPECT_EQ(demo.final_state, states_[3]);
  ExpectObservations(demo, 1);
}

TEST_F(DemoRecorderTest, ObservesBeforeActionsIfAsked) {
  const RecordedDemo demo = Record(ObservationTime::kBeforeAction);
  ASSERT_EQ(demo.num_steps(), 3U);
  EXPECT_EQ(demo.pictures.at(0).size(), 3U);
  ExpectObservations(demo, 0);
}

TEST_F(DemoRecorderTest, ForgetsWhatWasNotTaken) {
  DemoRecorder recorder({}, ObservationTime::kAfterAction);
  Env env(setup_);
  for (int attempt = 0; attempt < 2; ++attempt) {
    env.Reset(1);
    recorder.Begin(env);
    recorder.Start(env, {});
    env.Step({});
    recorder.AfterStep({}, env, {});
  }
  EXPECT_EQ(recorder.Take().num_steps(), 1U);
}

}  // namespace
}  // namespace libero
