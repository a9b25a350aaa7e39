#include "tasks/model_file.h"

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

}  // namespace
}  // namespace libero
