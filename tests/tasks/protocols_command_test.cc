#include "tasks/protocols_command.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace libero {
namespace {

std::string Output(const ProtocolsOptions& options) {
  std::ostringstream out;
  EXPECT_EQ(RunProtocolsCommand(options, out), 0);
  return out.str();
}

TEST(ProtocolsCommandTest, PrintsATable) {
  const std::string text = Output({});
  EXPECT_THAT(text, testing::StartsWith("protocol  spatial  object  goal  long   90  settle  "));
  EXPECT_THAT(text, testing::HasSubstr("univla        240     300   320   550  420      10  "
                                       "0 0 0 0 0 0 -1  agentview 256×256"));
}

TEST(ProtocolsCommandTest, WritesEveryFieldAsJson) {
  const auto document = nlohmann::json::parse(Output({.json = true}));
  ASSERT_EQ(document["protocols"].size(), 4u);
  const auto& libero = document["protocols"][3];
  EXPECT_EQ(libero["name"], "libero");
  EXPECT_EQ(libero["max_steps"]["libero_90"], 600);
  EXPECT_EQ(libero["settle_steps"], 5);
  EXPECT_EQ(libero["frames"][1]["camera"], "robot0_eye_in_hand");
  EXPECT_EQ(libero["frames"][1]["width"], 128);
}

}  // namespace
}  // namespace libero
