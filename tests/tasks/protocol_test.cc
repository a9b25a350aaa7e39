#include "tasks/protocol.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

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

}  // namespace
}  // namespace libero
