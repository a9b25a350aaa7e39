#include "tasks/model_file.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tasks/env.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<BodyPose> Read(const std::string& bodies, const std::vector<std::string>& names) {
  return ReadBodyPoses(
      "<mujoco model=\"base\"><asset><body name=\"decoy_main\" pos=\"9 9 9\"/></asset><worldbody>" +
          bodies + "</worldbody></mujoco>",
      names, "file: ");
}

TEST(ModelFileTest, ReadsPosesInTheOrderAsked) {
  const auto poses = Read(
      "<body name='a_main' pos='0.0395724 -0.234017 0.905' quat='0 0 0 1'><body name='a_b'/></body>"
      "<body name='b_main' pos=' 1e-3  2\n3 '/>",
      {"b_main", "a_main"});
  ASSERT_EQ(poses.size(), 2U);
  EXPECT_THAT(poses[0].pos, ElementsAre(0.001, 2, 3));
  EXPECT_THAT(poses[1].pos, ElementsAre(0.0395724, -0.234017, 0.905));
  EXPECT_THAT(poses[1].quat_wxyz, ElementsAre(0, 0, 0, 1));
}

TEST(ModelFileTest, WhatIsLeftOutIsZero) {
  const auto poses = Read("<body name='a_main'/>", {"a_main"});
  EXPECT_THAT(poses.at(0).pos, ElementsAre(0, 0, 0));
  EXPECT_THAT(poses.at(0).quat_wxyz, ElementsAre(1, 0, 0, 0));
}

TEST(ModelFileTest, SaysWhatIsWrong) {
  const auto message_of = [](const std::string& bodies, const std::string& part) {
    EXPECT_THAT([&] { (void)Read(bodies, {"a_main"}); }, ThrowsMessage<Error>(HasSubstr(part)))
        << bodies;
  };
  message_of("<body name='b_main'/>", "file: there is no body \"a_main\"");
  message_of("<site name='a_main'/>", "file: there is no body \"a_main\"");
  message_of("<body name='a_main' pos='1 2'/>",
             "file: body \"a_main\": pos: expected 3 numbers, got '1 2'");
  message_of("<body name='a_main' pos='1 2 x'/>", "pos: expected a number, got 'x'");
  message_of("<body name='a_main' pos='1 2 nan'/>", "pos: expected 3 numbers, got '1 2 nan'");
  message_of("<body name='a_main' quat='0 0 0 0'/>", "quat: expected a rotation, got zeros");
  message_of("<body name='a_main' euler='0 0 1'/>", "expected pos and quat, got euler");
  message_of("<frame><body name='a_main'/></frame>", "got a frame around the body");
  message_of("<body name='a_main'", "file: not XML: ");
  EXPECT_THAT([] { (void)ReadBodyPoses("<robot/>", {}, "file: "); },
              ThrowsMessage<Error>(HasSubstr("file: expected <mujoco> with a <worldbody>")));
}

TEST(ModelTextTest, HasTheFixturesWhereTheyStandToTheLastBit) {
  const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
  SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  const TaskSetup setup = LoadTaskSetup(FindSuite(suites, "libero_goal").tasks[0], store);
  Env env(setup);
  ModelText text(LIBERO_DEPS_DIR, setup.problem);
  EXPECT_THAT(text.cameras(), testing::IsSupersetOf({"agentview", "robot0_eye_in_hand"}));
  const std::vector<std::string> fixtures = FixtureBodies(setup.problem);
  ASSERT_THAT(fixtures, testing::SizeIs(3));
  for (const int reset : {3, 51}) {
    env.Reset(reset);
    const std::string mjcf = text.Write(env.world());
    EXPECT_THAT(mjcf, HasSubstr("file=\"libero/libero/assets/"));
    EXPECT_THAT(mjcf, HasSubstr("file=\"robosuite/models/assets/"));
    const std::vector<BodyPose> poses = ReadBodyPoses(mjcf, fixtures, "");
    for (size_t i = 0; i < fixtures.size(); ++i) {
      const mjModel& model = env.world().model();
      const int body = mj_name2id(&model, mjOBJ_BODY, fixtures[i].c_str());
      for (size_t k = 0; k < 3; ++k)
        EXPECT_EQ(poses[i].pos[k], model.body_pos[ptrdiff_t{3} * body + static_cast<ptrdiff_t>(k)]);
      for (size_t k = 0; k < 4; ++k)
        EXPECT_EQ(poses[i].quat_wxyz[k],
                  model.body_quat[ptrdiff_t{4} * body + static_cast<ptrdiff_t>(k)]);
    }
  }
}

}  // namespace
}  // namespace libero
