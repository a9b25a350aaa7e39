// Tests problem.h, with problem_check.h behind it.
#include "tasks/bddl/problem.h"

#include <numbers>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view kText = R"((define (problem LIBERO_Kitchen_Tabletop_Manipulation)
  (:domain robosuite)
  (:language Put the Bowl
     in it)
  (:regions
    (bowl_region
      (:target kitchen_table)
      (:ranges ((-0.1 -0.2 0.1 0.2) (0 0 1e-1 .5)))
      (:yaw_rotation ((0 -pi/2)))
      (:rgba (1 0 0.5 1))
    )
    (cabinet_region (:target kitchen_table) (:ranges ((0 0 0 0))))
    (top_region (:target cabinet_1))
    (left_region (:target drainer_1))
  )
  (:fixtures
    kitchen_table - kitchen_table
    cabinet_1 - wooden_cabinet
  )
  (:objects
    bowl_1 bowl_2 - bowl
    plate_1 - plate
  )
  (:obj_of_interest bowl_1 cabinet_1_top_region)
  (:init
    (On bowl_1 kitchen_table_bowl_region)
    (In bowl_2 cabinet_1_top_region)
    (On plate_1 bowl_1)
    (On cabinet_1 kitchen_table_cabinet_region)
    (Open cabinet_1_top_region)
  )
  (:goal (And (On bowl_1 plate_1) (Close cabinet_1_top_region)))
))";

// kText with one passage replaced.
std::string With(std::string_view passage, std::string_view replacement) {
  std::string text(kText);
  const size_t at = text.find(passage);
  EXPECT_NE(at, std::string::npos) << passage;
  return text.replace(at, passage.size(), replacement);
}

template <typename Function>
std::string MessageOf(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string ErrorOf(std::string_view text) {
  return MessageOf([&] { (void)ParseProblem(text, "a.bddl"); });
}

TEST(ProblemTest, ReadsNamesAndLanguage) {
  const Problem problem = ParseProblem(kText, "a.bddl");
  EXPECT_EQ(problem.name, "libero_kitchen_tabletop_manipulation");
  EXPECT_EQ(problem.workspace, "kitchen_table");
  EXPECT_EQ(problem.domain, "robosuite");
  EXPECT_EQ(problem.language, "put the bowl in it");
  EXPECT_THAT(problem.objects_of_interest, ElementsAre("bowl_1", "cabinet_1_top_region"));
}

TEST(ProblemTest, KeepsTheOrderOfRegionsAndInstances) {
  const Problem problem = ParseProblem(kText, "a.bddl");
  std::vector<std::string> regions;
  for (const Region& region : problem.regions) regions.push_back(region.name);
  EXPECT_THAT(regions, ElementsAre("kitchen_table_bowl_region", "kitchen_table_cabinet_region",
                                   "cabinet_1_top_region", "drainer_1_left_region"));
  ASSERT_EQ(problem.fixtures.size(), 2u);
  EXPECT_EQ(problem.fixtures[1].category, "wooden_cabinet");
  ASSERT_EQ(problem.objects.size(), 2u);
  EXPECT_EQ(problem.objects[0].category, "bowl");
  EXPECT_THAT(problem.objects[0].instances, ElementsAre("bowl_1", "bowl_2"));
}

TEST(ProblemTest, ReadsRegions) {
  const Problem problem = ParseProblem(kText, "a.bddl");
  const Region& bowl = problem.regions[0];
  EXPECT_EQ(bowl.target, "kitchen_table");
  EXPECT_THAT(bowl.ranges, ElementsAre(Rectangle{-0.1, -0.2, 0.1, 0.2}, Rectangle{0, 0, 0.1, 0.5}));
  EXPECT_THAT(bowl.yaw_rotation, ElementsAre(0, -std::numbers::pi / 2));
  EXPECT_THAT(bowl.rgba, ElementsAre(1, 0, 0.5, 1));
  EXPECT_EQ(bowl.position.line, 6);
}

TEST(ProblemTest, GivesRegionsThePythonDefaults) {
  const Problem problem = ParseProblem(kText, "a.bddl");
  const Region& top = problem.regions[2];
  EXPECT_THAT(top.ranges, IsEmpty());
  EXPECT_THAT(top.yaw_rotation, ElementsAre(0, 0));
  EXPECT_THAT(top.rgba, ElementsAre(0, 0, 1, 0));
}

TEST(ProblemTest, ReadsPredicates) {
  const Problem problem = ParseProblem(kText, "a.bddl");
  ASSERT_EQ(problem.init.size(), 5u);
  EXPECT_EQ(problem.init[1].name, "in");
  EXPECT_THAT(problem.init[1].arguments, ElementsAre("bowl_2", "cabinet_1_top_region"));
  ASSERT_EQ(problem.goal.size(), 2u);
  EXPECT_EQ(ToString(problem.goal[0]), "(On bowl_1 plate_1)");
  EXPECT_EQ(ToString(problem.goal[1]), "(Close cabinet_1_top_region)");
}

TEST(ProblemTest, TakesAGoalOfOnePredicateWithoutAnd) {
  const Problem problem = ParseProblem(
      With("(And (On bowl_1 plate_1) (Close cabinet_1_top_region))", "(Up bowl_1)"), "a.bddl");
  ASSERT_EQ(problem.goal.size(), 1u);
  EXPECT_EQ(ToString(problem.goal[0]), "(Up bowl_1)");
}

TEST(ProblemTest, LooksUpNames) {
  const Problem problem = ParseProblem(kText, "a.bddl");
  EXPECT_EQ(FindRegion(problem, "cabinet_1_top_region"), &problem.regions[2]);
  EXPECT_EQ(FindRegion(problem, "top_region"), nullptr);
  EXPECT_EQ(FindCategory(problem, "bowl_2"), &problem.objects[0]);
  EXPECT_EQ(FindCategory(problem, "bowl"), nullptr);
  EXPECT_TRUE(IsFixture(problem, "cabinet_1"));
  EXPECT_FALSE(IsFixture(problem, "plate_1"));
}

TEST(ProblemTest, KeepsCharactersBeyondAsciiInLanguage) {
  EXPECT_EQ(ParseProblem(With("Bowl", "stove’s"), "a.bddl").language, "put the stove’s in it");
  EXPECT_THAT(ErrorOf(With("plate_1 - plate", "pläte_1 - plate")),
              StartsWith("a.bddl:22:5: error: the name of an instance 'pläte_1' holds characters "
                         "beyond ASCII"));
}

// Each slip: passage, what replaces it, and the start of the message.
struct Slip {
  std::string_view passage;
  std::string_view replacement;
  std::string_view message;
};
class ProblemSlipTest : public ::testing::TestWithParam<Slip> {};

TEST_P(ProblemSlipTest, IsReportedWithItsPlace) {
  EXPECT_THAT(ErrorOf(With(GetParam().passage, GetParam().replacement)),
              StartsWith(std::string(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    Sections, ProblemSlipTest,
    ::testing::Values(
        Slip{"(define", "(defin", "a.bddl:1:1: error: expected (define ...)"},
        Slip{"(:goal", "(:gaol", "a.bddl:32:4: error: unknown section ':gaol'"},
        Slip{"(:domain robosuite)", "(:init)",
             "a.bddl:25:3: error: section (:init) is given twice; the first is in line 2"},
        Slip{"(:domain robosuite)", "()", "a.bddl:2:3: error: expected a section such as (:init"},
        Slip{"(:domain robosuite)", "x", "a.bddl:2:3: error: expected a section such as (:init"},
        Slip{"robosuite", "igibson", "a.bddl:2:12: error: domain is 'igibson', expected"},
        Slip{"LIBERO_Kitchen", "LIBERO_Kithcen",
             "a.bddl:1:18: error: unknown problem class 'libero_kithcen_tabletop_manipulation'"},
        Slip{"in it)", "(in) it)", "a.bddl:4:6: error: parentheses inside :language"}));

INSTANTIATE_TEST_SUITE_P(
    Instances, ProblemSlipTest,
    ::testing::Values(
        Slip{"plate_1 - plate", "plate_1", "a.bddl:22:5: error: no category for plate_1"},
        Slip{"plate_1 - plate", "- plate", "a.bddl:22:5: error: no instances before '-'"},
        Slip{"plate_1 - plate", "plate_1 -", "a.bddl:22:13: error: no category behind '-'"},
        Slip{"plate_1 - plate", "plate_1 - bowl",
             "a.bddl:22:15: error: category 'bowl' is given twice; the first is in line 21"},
        Slip{"plate_1 - plate", "cabinet_1 - plate",
             "a.bddl:22:5: error: instance 'cabinet_1' is declared twice; the first is in line 18"},
        Slip{"plate_1 - plate", "(plate_1)",
             "a.bddl:22:5: error: expected the name of an instance"},
        Slip{"interest bowl_1", "interest bowl_3",
             "a.bddl:24:21: error: unknown object or region 'bowl_3'"}));

INSTANTIATE_TEST_SUITE_P(
    Regions, ProblemSlipTest,
    ::testing::Values(
        Slip{"(:target kitchen_table)\n", "\n",
             "a.bddl:6:5: error: region 'bowl_region' has no (:target)"},
        Slip{"(:target cabinet_1)", "(:target a b)",
             "a.bddl:13:17: error: (:target) takes one word, an instance; got 2"},
        Slip{"(:rgba (1", "(:rgb (1", "a.bddl:10:8: error: unknown attribute ':rgb' of a region"},
        Slip{"(:rgba (1 0 0.5 1))", "(:target x)",
             "a.bddl:10:7: error: attribute (:target) is given twice"},
        Slip{"(:rgba (1 0 0.5 1))", "(:rgba (1 0 0.5))",
             "a.bddl:10:14: error: expected a color, (red green blue alpha): 4 numbers, got 3"},
        Slip{"(0 -pi/2)", "(0 tau)", "a.bddl:9:26: error: 'tau' is not a number"},
        Slip{"((0 -pi/2))", "((0 0) (0 0))",
             "a.bddl:9:22: error: expected one pair of angles, got 2"},
        Slip{"(-0.1 -0.2 0.1 0.2)", "(-0.1 -0.2 0.1)",
             "a.bddl:8:17: error: expected a rectangle, (x_min y_min x_max y_max): 4 numbers, got "
             "3"},
        Slip{"(-0.1 -0.2 0.1 0.2)", "(-0.1 -0.2 0.1 2,5)",
             "a.bddl:8:32: error: '2,5' is not a number"},
        Slip{"(-0.1 -0.2 0.1 0.2)", "(0.2 -0.2 0.1 0.2)",
             "a.bddl:8:17: error: x_min 0.2 is greater than x_max 0.1"},
        Slip{"(-0.1 -0.2 0.1 0.2)", "(-0.1 0.3 0.1 0.2)",
             "a.bddl:8:17: error: y_min 0.3 is greater than y_max 0.2"},
        Slip{"((0 0 0 0))", "(0 0 0 0)",
             "a.bddl:12:55: error: expected a rectangle, (x_min y_min x_max y_max), got '0'"},
        Slip{"(:ranges ((0 0 0 0)))", "",
             "a.bddl:12:5: error: region 'kitchen_table_cabinet_region' on the workspace has no"},
        Slip{"((0 0 0 0))", "()", "a.bddl:12:5: error: region 'kitchen_table_cabinet_region' on"},
        Slip{"(cabinet_region", "(bowl_region",
             "a.bddl:12:5: error: region 'kitchen_table_bowl_region' is given twice; the first is "
             "in "
             "line 6"},
        Slip{"(:target kitchen_table)", "(:target kitchentable)",
             "a.bddl:6:5: error: target 'kitchentable' of region 'kitchentable_bowl_region' (line "
             "6) "
             "is not declared"}));

INSTANTIATE_TEST_SUITE_P(
    Predicates, ProblemSlipTest,
    ::testing::Values(
        Slip{"(Open cab", "(Opne cab", "a.bddl:30:6: error: unknown predicate 'opne' in :init"},
        Slip{"(Open cab", "(Up cab", "a.bddl:30:6: error: unknown predicate 'up' in :init"},
        Slip{"(Close cab", "(Near cab", "a.bddl:32:36: error: unknown predicate 'near' in :goal"},
        Slip{"(Close cabinet_1_top_region)", "(Close cabinet_1 bowl_1)",
             "a.bddl:32:36: error: 'close' takes 1 argument, got 2"},
        Slip{"(On bowl_1 plate_1)", "(On bowl_1)",
             "a.bddl:32:16: error: 'on' takes 2 arguments, got 1"},
        Slip{"(On bowl_1 plate_1)", "(On bowl_1 plate1)",
             "a.bddl:32:26: error: unknown object or region 'plate1'"},
        Slip{"(On bowl_1 plate_1)", "(On bowl_1 drainer_1_left_region)",
             "a.bddl:32:26: error: target 'drainer_1' of region 'drainer_1_left_region' (line 14) "
             "is "
             "not declared"},
        Slip{"(On bowl_1 plate_1)", "(On bowl_1 kitchen_table)",
             "a.bddl:32:26: error: a goal cannot be about the workspace 'kitchen_table' itself"},
        Slip{"(On bowl_1 plate_1)", "(Not (On bowl_1 plate_1))",
             "a.bddl:32:20: error: 'not' of lists is not supported"},
        Slip{"(And (On bowl_1 plate_1) (Close cabinet_1_top_region))", "(And)",
             "a.bddl:32:10: error: the goal is empty"},
        Slip{"(And (On bowl_1 plate_1) (Close cabinet_1_top_region))", "(Up bowl_1) (Up bowl_2)",
             "a.bddl:32:3: error: (:goal) takes one expression, got 2"},
        Slip{"(Open cabinet_1_top_region)", "open",
             "a.bddl:30:5: error: expected a predicate such as (On a b), got 'open'"}));

INSTANTIATE_TEST_SUITE_P(
    Placements, ProblemSlipTest,
    ::testing::Values(
        Slip{"(On plate_1 bowl_1)", "(On bowl_1 plate_1)",
             "a.bddl:28:9: error: 'bowl_1' is placed twice; the first time is in line 26"},
        Slip{"(On plate_1 bowl_1)", "(On plate_1 cabinet_1)",
             "a.bddl:28:17: error: 'on' needs a region or an object, 'cabinet_1' is a fixture"},
        Slip{"(On plate_1 bowl_1)", "(In plate_1 bowl_1)",
             "a.bddl:28:17: error: 'in' needs a region, 'bowl_1' is none"},
        Slip{"(On plate_1 bowl_1)", "(On cabinet_1_top_region bowl_1)",
             "a.bddl:28:9: error: 'cabinet_1_top_region' cannot be placed: it is a region"},
        Slip{"(On plate_1 bowl_1)", "(On kitchen_table bowl_1)",
             "a.bddl:28:9: error: 'kitchen_table' cannot be placed: it is the workspace"},
        Slip{"(On cabinet_1 kitchen_table_cabinet_region)", "(On cabinet_1 plate_1)",
             "a.bddl:29:19: error: fixture 'cabinet_1' can only be on a region of the workspace"}));

TEST(ProblemTest, NamesTheMissingSection) {
  EXPECT_THAT(ErrorOf("(define (problem libero_floor_manipulation) (:init))"),
              StartsWith("a.bddl:1:1: error: section (:goal) is missing"));
}

TEST(ProblemTest, HintsNameTheNearestAndTheKnown) {
  EXPECT_THAT(
      ErrorOf(With("(Close cab", "(Closed cab")),
      HasSubstr("hint: did you mean 'close'? known predicates: on, in, open, close, turnon, "
                "turnoff, up"));
  EXPECT_THAT(ErrorOf(With("(On bowl_1 plate_1)", "(On bowl_1 plate1)")),
              HasSubstr("hint: did you mean 'plate_1'?"));
  EXPECT_THAT(ErrorOf(With("(:objects", "(:object")),
              HasSubstr("hint: did you mean ':objects'? known sections: problem, :domain"));
}

TEST(ProblemTest, NamesTheFileThatCannotBeRead) {
  EXPECT_EQ(MessageOf([] { (void)LoadProblem("no/such.bddl"); }),
            "cannot read BDDL file 'no/such.bddl'");
  EXPECT_THAT(MessageOf([] { (void)LoadProblem(LIBERO_DEPS_DIR); }),
              StartsWith("cannot read BDDL file '"));
}

}  // namespace
}  // namespace libero
