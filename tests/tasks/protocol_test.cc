#include "tasks/protocol.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

TEST(ProtocolTest, KnowsThePublishedLimits) {
  EXPECT_EQ(Protocols().front().name, "univla");
  EXPECT_EQ(MaxSteps(FindProtocol("univla"), "libero_spatial"), 240);
  EXPECT_EQ(MaxSteps(FindProtocol("UniVLA"), "libero_10"), 550);
  EXPECT_EQ(MaxSteps(FindProtocol("openvla"), "libero_object"), 280);
  EXPECT_EQ(MaxSteps(FindProtocol("openvla"), "libero_90"), 400);
  EXPECT_EQ(MaxSteps(FindProtocol("lerobot"), "libero_goal"), 300);
  EXPECT_EQ(MaxSteps(FindProtocol("libero"), "libero_90"), 600);
}

TEST(ProtocolTest, GivesLiberoProTheLimitsOfTheVariedSuite) {
  for (const Protocol& protocol : Protocols()) {
    EXPECT_EQ(MaxSteps(protocol, "libero_goal_task"), protocol.goal_steps);
    EXPECT_EQ(MaxSteps(protocol, "libero_10_lan"), protocol.long_steps);
  }
}

std::string ErrorOfFind(std::string_view name) {
  try {
    (void)FindProtocol(name);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ProtocolTest, ReportsUnknownNames) {
  EXPECT_EQ(ErrorOfFind("openvl"),
            "unknown protocol 'openvl'\n  hint: did you mean 'openvla'? known protocols: univla, "
            "openvla, lerobot, libero");
  EXPECT_THROW((void)MaxSteps(Protocols().front(), "libero_mine"), Error);
}

TEST(ProtocolTest, SettlesAsTheHarnessesDo) {
  const Action open_gripper = {0, 0, 0, 0, 0, 0, -1};
  for (const Protocol& protocol : Protocols()) {
    const bool is_libero = protocol.name == "libero";
    EXPECT_EQ(protocol.settle_steps, is_libero ? 5 : 10) << protocol.name;
    EXPECT_EQ(protocol.settle_action, is_libero ? Action{} : open_gripper) << protocol.name;
  }
}

TEST(ProtocolTest, ComesBackFromItsRecord) {
  for (Protocol protocol : Protocols()) {
    EXPECT_EQ(ToJson(ProtocolFromJson(ToJson(protocol))), ToJson(protocol));
    SetMaxSteps(protocol, 7);
    SetCameraSize(protocol, 64);
    protocol.settle_steps = 3;
    protocol.instruction = InstructionControl::kWrong;
    protocol.image = ImageControl::kBlank;
    EXPECT_EQ(ToJson(ProtocolFromJson(ToJson(protocol))), ToJson(protocol));
  }
}

TEST(ProtocolTest, NamesControlsOnlyWhereThereAreSome) {
  Protocol protocol = Protocols().front();
  EXPECT_FALSE(ToJson(protocol).contains("instruction"));
  protocol.instruction = InstructionControl::kShuffled;
  EXPECT_EQ(ToJson(protocol)["instruction"], "shuffled");
  EXPECT_EQ(ToJson(protocol)["changed"], nlohmann::json::parse(R"(["instruction"])"));
}

TEST(ProtocolTest, RecordsWhatWasChanged) {
  Protocol protocol = FindProtocol("openvla");
  EXPECT_TRUE(ToJson(protocol)["changed"].empty());
  SetMaxSteps(protocol, 10);
  SetCameraSize(protocol, 64);
  const auto json = ToJson(protocol);
  EXPECT_EQ(json["changed"], nlohmann::ordered_json::parse(R"(["max_steps", "frames"])"));
  EXPECT_EQ(json["max_steps"]["libero_90"], 10);
  EXPECT_EQ(json["frames"][0]["height"], 64);
}

}  // namespace
}  // namespace libero
