#include "tasks/tasks_command.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Output(const std::string& suite, bool json, int width = 0) {
  std::ostringstream out;
  EXPECT_EQ(RunTasksCommand(
                {.data_root = LIBERO_DEPS_DIR, .suite = suite, .json = json, .width = width}, out),
            0);
  return out.str();
}

TEST(TasksCommandTest, ListsSuites) {
  const std::string text = Output("", false);
  EXPECT_THAT(text, StartsWith("suite "));
  EXPECT_THAT(text, HasSubstr("libero_90                 90     420      400      400     600  "
                              "LIBERO-90"));
  EXPECT_THAT(text, HasSubstr("21 suites, 290 tasks"));
}

TEST(TasksCommandTest, ListsTasksOfASuite) {
  const std::string text = Output("goal-lan", false);
  EXPECT_THAT(text, HasSubstr("most steps: univla 320, openvla 300, lerobot 300, libero 600\n"));
  EXPECT_THAT(text,
              HasSubstr("   7  switch on the stove                                 tabletop        "
                        "4  turn on flat_stove_1\n"));
}

TEST(TasksCommandTest, FitsTheWidth) {
  std::istringstream text(Output("10", false, 100));
  for (std::string line; std::getline(text, line);) {
    EXPECT_LE(line.size(), 100u) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(TasksCommandTest, WritesSuitesAsJson) {
  const auto document = nlohmann::json::parse(Output("", true));
  ASSERT_EQ(document["suites"].size(), 21u);
  EXPECT_EQ(document["suites"][0]["name"], "libero_spatial");
  EXPECT_EQ(document["suites"][0]["tasks"].size(), 10u);
  EXPECT_EQ(document["suites"][0]["max_steps"]["univla"], 240);
}

TEST(TasksCommandTest, WritesTasksAsJson) {
  const auto document = nlohmann::json::parse(Output("goal_task", true));
  EXPECT_EQ(document["base_suite"], "libero_goal");
  const auto& task = document["tasks"][0];
  EXPECT_EQ(task["instruction"], "open the middle drawer of the cabinet");
  EXPECT_EQ(task["policy_instruction"], "open the bottom drawer of the cabinet");
  EXPECT_EQ(task["bddl_path"],
            "libero/bddl_files/libero_goal_task/open_the_middle_drawer_of_the_cabinet.bddl");
  EXPECT_EQ(task["goal"],
            nlohmann::json::parse(
                R"([{"predicate": "open", "arguments": ["wooden_cabinet_1_bottom_region"]}])"));
  EXPECT_EQ(task["fixtures"][0]["category"], "table");
  EXPECT_FALSE(task["objects"].empty());
  EXPECT_FALSE(task["regions"].empty());
}

TEST(TasksCommandTest, PrintsNothingForAnUnknownSuite) {
  std::ostringstream out;
  EXPECT_THROW(RunTasksCommand({.data_root = LIBERO_DEPS_DIR, .suite = "gaol"}, out), Error);
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace libero
