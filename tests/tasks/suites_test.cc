#include "tasks/suites.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tasks/bddl/problem.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::vector<Suite>& Suites() {
  static const std::vector<Suite> kSuites = LoadSuites(LIBERO_DEPS_DIR);
  return kSuites;
}

template <typename Function>
std::string ErrorOf(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string SuiteError(std::string_view name) {
  return ErrorOf([&] { (void)FindSuite(Suites(), name); });
}

std::string TaskError(std::string_view suite, std::string_view task) {
  return ErrorOf([&] { (void)FindTask(FindSuite(Suites(), suite), task); });
}

TEST(SuitesTest, AreTwentyOneWithTwoHundredNinetyTasks) {
  ASSERT_EQ(Suites().size(), 21u);
  std::set<std::string> names;
  size_t num_tasks = 0;
  for (const Suite& suite : Suites()) {
    names.insert(suite.name);
    num_tasks += suite.tasks.size();
    EXPECT_EQ(suite.tasks.size(), suite.name == "libero_90" ? 90u : 10u) << suite.name;
  }
  EXPECT_EQ(names.size(), 21u);
  EXPECT_EQ(num_tasks, 290u);
}

std::vector<std::string> MissingFiles(const Suite& suite) {
  std::vector<std::string> missing;
  for (const Task& task : suite.tasks) {
    for (const std::filesystem::path& path : {task.bddl_path, task.init_states_path}) {
      if (!std::filesystem::is_regular_file(path)) missing.push_back(path.string());
    }
  }
  return missing;
}

TEST(SuitesTest, FilesOfAllTasksExist) {
  for (const Suite& suite : Suites()) EXPECT_THAT(MissingFiles(suite), IsEmpty());
}

TEST(SuitesTest, TasksKnowTheirPlace) {
  for (const Suite& suite : Suites()) {
    EXPECT_EQ(suite.tasks.front().index, 0);
    EXPECT_EQ(suite.tasks.back().index, static_cast<int>(suite.tasks.size()) - 1);
    EXPECT_EQ(suite.tasks.back().suite, suite.name);
  }
}

TEST(SuitesTest, ReportAMissingTable) {
  EXPECT_THAT(ErrorOf([] { (void)LoadSuites("no/such/folder"); }),
              StartsWith("cannot read the table of suites 'no/such/folder/libero/"));
}

TEST(SuitesTest, ReportAMissingSuite) {
  const TestFolder root;
  std::filesystem::create_directory(root / "libero");
  std::ofstream(root / "libero" / "libero_suite_task_map.py") << "m = {'libero_spatial': ['a']}\n";
  EXPECT_THAT(ErrorOf([&] { (void)LoadSuites(root.path()); }), HasSubstr("lacks 'libero_object'"));
}

TEST(FindSuiteTest, TakesNamesAndAliases) {
  EXPECT_EQ(FindSuite(Suites(), "libero_goal").name, "libero_goal");
  EXPECT_EQ(FindSuite(Suites(), "LIBERO-Goal").name, "libero_goal");
  EXPECT_EQ(FindSuite(Suites(), "spatial").name, "libero_spatial");
  EXPECT_EQ(FindSuite(Suites(), "Object").name, "libero_object");
  EXPECT_EQ(FindSuite(Suites(), "long").name, "libero_10");
  EXPECT_EQ(FindSuite(Suites(), "LIBERO-Long").name, "libero_10");
  EXPECT_EQ(FindSuite(Suites(), "10").name, "libero_10");
  EXPECT_EQ(FindSuite(Suites(), "90").name, "libero_90");
  EXPECT_EQ(FindSuite(Suites(), "goal-swap").name, "libero_goal_swap");
  EXPECT_EQ(FindSuite(Suites(), "long_task").name, "libero_10_task");
}

TEST(FindSuiteTest, SuggestsTheNearestAndListsAll) {
  EXPECT_THAT(
      SuiteError("spatail"),
      AllOf(StartsWith("unknown suite 'spatail'\n  hint: did you mean 'libero_spatial'? "),
            HasSubstr("known suites: libero_spatial, libero_object"), HasSubstr("libero_10_task")));
  EXPECT_THAT(SuiteError("metaworld"), HasSubstr("hint: known suites:"));
}

TEST(FindTaskTest, TakesIndexNameAndUniquePrefix) {
  const Suite& goal = FindSuite(Suites(), "goal");
  EXPECT_EQ(FindTask(goal, "3").index, 3);
  EXPECT_EQ(FindTask(goal, "turn_on_the_stove").name, "turn_on_the_stove");
  EXPECT_EQ(FindTask(goal, "Turn on").name, "turn_on_the_stove");
  EXPECT_EQ(FindTask(goal, "open-the-top").index, 3);
  const Suite& ninety = FindSuite(Suites(), "90");
  EXPECT_EQ(FindTask(ninety, "kitchen_scene10_close_the_top_drawer_of_the_cabinet").index, 0);
}

TEST(FindTaskTest, PrefersAWholeNameToAPrefix) {
  // task 0's name is the beginning of task 1's
  const Suite& ninety = FindSuite(Suites(), "90");
  ASSERT_THAT(ninety.tasks[1].name, StartsWith(ninety.tasks[0].name));
  EXPECT_EQ(FindTask(ninety, ninety.tasks[0].name).index, 0);
}

TEST(FindTaskTest, ReportsTheRangeOfIndices) {
  EXPECT_EQ(TaskError("goal", "10"), "task 10 is out of range: libero_goal has the tasks 0 to 9");
  EXPECT_EQ(TaskError("90", "90"), "task 90 is out of range: libero_90 has the tasks 0 to 89");
  EXPECT_EQ(TaskError("goal", "-1"), "task -1 is out of range: libero_goal has the tasks 0 to 9");
  EXPECT_THAT(TaskError("goal", "99999999999999999999999"), HasSubstr("is out of range"));
}

TEST(FindTaskTest, ListsTheCandidates) {
  EXPECT_THAT(TaskError("goal", "open"),
              AllOf(StartsWith("'open' fits 2 tasks of libero_goal: "),
                    HasSubstr("0 open_the_middle_drawer_of_the_cabinet, 3 open_the_top_drawer")));
  EXPECT_THAT(TaskError("90", "kitchen"), HasSubstr(" more"));
}

TEST(FindTaskTest, SuggestsTheNearest) {
  EXPECT_THAT(TaskError("goal", "turn_of_the_stove"),
              AllOf(StartsWith("suite libero_goal has no task 'turn_of_the_stove'"),
                    HasSubstr("did you mean 'turn_on_the_stove'?")));
  EXPECT_THAT(TaskError("goal", ""), StartsWith("suite libero_goal has no task ''"));
}

TEST(BaseSuiteTest, StripsTheVariation) {
  EXPECT_EQ(BaseSuite("libero_goal_swap"), "libero_goal");
  EXPECT_EQ(BaseSuite("libero_object_object"), "libero_object");
  EXPECT_EQ(BaseSuite("libero_10_lan"), "libero_10");
  EXPECT_EQ(BaseSuite("libero_object"), "libero_object");
  EXPECT_EQ(BaseSuite("libero_90_swap"), "libero_90_swap");
}

TEST(InstructionFromNameTest, StripsTheScene) {
  EXPECT_EQ(InstructionFromName("turn_on_the_stove"), "turn on the stove");
  EXPECT_EQ(InstructionFromName("KITCHEN_SCENE3_turn_on_the_stove"), "turn on the stove");
  EXPECT_EQ(InstructionFromName("KITCHEN_SCENE10_turn_on_the_stove"), "turn on the stove");
  EXPECT_EQ(InstructionFromName("LIVING_ROOM_SCENE2_put_it"), "put it");
  EXPECT_EQ(InstructionFromName("SCENE1"), "");
  EXPECT_EQ(InstructionFromName(""), "");
}

TEST(PolicyInstructionTest, ComesFromTheNameUnlessTheSuiteVariesTheSentence) {
  const auto sentence = [](std::string_view suite, std::string_view task) {
    const Task& found = FindTask(FindSuite(Suites(), suite), task);
    return PolicyInstruction(found, LoadProblem(found.bddl_path));
  };
  EXPECT_EQ(sentence("goal", "0"), "open the middle drawer of the cabinet");
  EXPECT_EQ(sentence("goal_swap", "0"), "open the middle drawer of the cabinet");
  EXPECT_EQ(sentence("goal_object", "0"), "open the middle drawer of the cabinet");
  EXPECT_EQ(sentence("goal_lan", "0"), "open the cabinet’s middle drawer");
  EXPECT_EQ(sentence("goal_task", "0"), "open the bottom drawer of the cabinet");
}

}  // namespace
}  // namespace libero
