#include "tasks/experts/subgoal.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tasks/experts/random_geometry.h"
#include "tests/tasks/experts/stage.h"

namespace libero {
namespace {

using Eigen::Vector3d;
using testing::ElementsAre;
using Kind = Subgoal::Kind;

constexpr double kMargin = 0.003;  // m that FulfilledAt wants to be from the bounds

class SubgoalTest : public StageTest {
 protected:
  static std::vector<std::string> Texts(const Workcell& cell) {
    std::vector<std::string> texts;
    for (const Subgoal& subgoal : PlanSubgoals(cell)) texts.push_back(subgoal.text);
    return texts;
  }

  static std::vector<std::string> Order(const std::string& suite, int task_index) {
    const Stage stage(Setup(suite, task_index));
    return Texts(stage.cell());
  }

  // Puts the object of a task's only subgoal in many places around the goal's; what is fulfilled
  // there must hold, and the other way round but for the margin.
  static void ExpectAgreement(const TaskSetup& setup, const Vector3d& reach) {
    Stage stage(setup);
    const Subgoal subgoal = PlanSubgoals(stage.cell()).at(0);
    const Pose site = stage.cell().site(subgoal.site);
    const Pose start = stage.cell().object(subgoal.object);
    CounterRandom random("places");
    int num_fulfilled = 0;
    constexpr int kNumPlaces = 300;
    for (int i = 0; i < kNumPlaces; ++i) {
      const Vector3d p = site.p + RandomVector(random, 1).cwiseProduct(reach);
      stage.MoveTo(subgoal.object, p);
      const bool holds = stage.env().Solved();
      const bool is_fulfilled = FulfilledAt(stage.cell(), subgoal, {p, start.R});
      EXPECT_TRUE(is_fulfilled == holds || (holds && IsNearBound(stage, subgoal.object, p)))
          << p.transpose();
      if (is_fulfilled) ++num_fulfilled;
    }
    EXPECT_GT(num_fulfilled, kNumPlaces / 50);
    EXPECT_LT(num_fulfilled, kNumPlaces / 2);
  }

 private:
  // Whether the goal does not hold a little further in some direction.
  static bool IsNearBound(Stage& stage, int object, const Vector3d& p) {
    for (int i = 0; i < 3; ++i) {
      for (const double side : {-1.0, 1.0}) {
        stage.MoveTo(object, p + side * (kMargin + 1e-9) * Vector3d::Unit(i));
        if (!stage.env().Solved()) return true;
      }
    }
    return false;
  }
};

TEST_F(SubgoalTest, DrawersCloseOverWhatIsInThem) {
  EXPECT_THAT(Order("libero_10", 3),
              ElementsAre("(In akita_black_bowl_1 white_cabinet_1_bottom_region)",
                          "(Close white_cabinet_1_bottom_region)"));
}

TEST_F(SubgoalTest, DoorsCloseOverWhatIsBehindThem) {
  EXPECT_THAT(
      Order("libero_10", 9),
      ElementsAre("(In white_yellow_mug_1 microwave_1_heating_region)", "(Close microwave_1)"));
}

TEST_F(SubgoalTest, SwitchesComeBeforeWhatWouldBeInTheWay) {
  EXPECT_THAT(Order("libero_10", 8),
              ElementsAre("(Turnon flat_stove_1)", "(On moka_pot_1 flat_stove_1_cook_region)",
                          "(On moka_pot_2 flat_stove_1_cook_region)"));
}

TEST_F(SubgoalTest, WhatIsStoodOnComesFirst) {
  const Stage stage(SetupWithGoal({
      MakePredicate("on", {"cream_cheese_1", "akita_black_bowl_1"}),
      MakePredicate("on", {"akita_black_bowl_1", "plate_1"}),
      MakePredicate("on", {"plate_1", "main_table_stove_front_region"}),
      MakePredicate("open", {"wooden_cabinet_1_top_region"}),
      MakePredicate("close", {"wooden_cabinet_1_bottom_region"}),
  }));
  std::vector<int> order;
  for (const Subgoal& subgoal : PlanSubgoals(stage.cell())) order.push_back(subgoal.predicate);
  EXPECT_THAT(order, ElementsAre(4, 3, 2, 1, 0));
}

TEST_F(SubgoalTest, OfAStoveIsAboutItsKnob) {
  const Stage stage(Setup("libero_goal", 7));
  const Subgoal subgoal = PlanSubgoals(stage.cell()).at(0);
  EXPECT_EQ(subgoal.kind, Kind::kTurnOn);
  EXPECT_EQ(subgoal.object, stage.Find("flat_stove_1"));
  ASSERT_GE(subgoal.joint, 0);
  EXPECT_EQ(stage.model().jnt_type[subgoal.joint], mjJNT_HINGE);
}

TEST_F(SubgoalTest, OfADrawerIsAboutTheJointThatOpensIt) {
  const Stage stage(Setup("libero_goal", 3));
  const Subgoal subgoal = PlanSubgoals(stage.cell()).at(0);
  EXPECT_EQ(subgoal.kind, Kind::kIn);
  EXPECT_EQ(subgoal.support, stage.Find("wooden_cabinet_1"));
  ASSERT_GE(subgoal.site, 0);
  ASSERT_GE(subgoal.joint, 0);
  EXPECT_EQ(stage.model().jnt_bodyid[subgoal.joint], stage.model().site_bodyid[subgoal.site]);
}

TEST_F(SubgoalTest, OfTheTableIsAboutARegion) {
  const Stage stage(Setup("libero_goal", 5));
  const Subgoal subgoal = PlanSubgoals(stage.cell()).at(0);
  EXPECT_EQ(subgoal.kind, Kind::kOn);
  EXPECT_EQ(subgoal.support, Workcell::kArena);
  EXPECT_GE(subgoal.site, 0);
  EXPECT_EQ(subgoal.joint, -1);
  EXPECT_LT((subgoal.half.head<2>() - Eigen::Vector2d(0.04, 0.04)).norm(), 1e-9)
      << "as in the BDDL file";
}

TEST_F(SubgoalTest, OfAnObjectHasNoSite) {
  const Stage stage(Setup("libero_goal", 8));
  const Subgoal subgoal = PlanSubgoals(stage.cell()).at(0);
  EXPECT_EQ(subgoal.kind, Kind::kOn);
  EXPECT_EQ(subgoal.object, stage.Find("akita_black_bowl_1"));
  EXPECT_EQ(subgoal.support, stage.Find("plate_1"));
  EXPECT_EQ(subgoal.site, -1);
}

TEST_F(SubgoalTest, FulfilledInADrawerIsWhatHolds) {
  ExpectAgreement(Setup("libero_goal", 3), {0.20, 0.20, 0.06});
}

TEST_F(SubgoalTest, FulfilledInABasketIsWhatHolds) {
  ExpectAgreement(Setup("libero_object", 0), {0.15, 0.15, 0.10});
}

// A region of the table, where no contact is asked for.
TEST_F(SubgoalTest, FulfilledOnTheTableIsWhatHolds) {
  ExpectAgreement(Setup("libero_goal", 5), {0.08, 0.08, 0.15});
}

TEST_F(SubgoalTest, FulfilledOnAnObjectIsAboveItsMiddle) {
  const Stage stage(Setup("libero_goal", 8));
  const std::vector<Subgoal> subgoals = PlanSubgoals(stage.cell());
  const Pose plate = stage.cell().object(stage.Find("plate_1"));
  const auto fulfilled = [&](double x, double y, double z) {
    return FulfilledAt(stage.cell(), subgoals.at(0), {plate.p + Vector3d(x, y, z), plate.R});
  };
  EXPECT_TRUE(fulfilled(0, 0, 0.01));
  EXPECT_TRUE(fulfilled(0.018, -0.018, 0.01));
  EXPECT_FALSE(fulfilled(0.022, -0.022, 0.01));
  EXPECT_FALSE(fulfilled(0, 0, -0.01));
}

}  // namespace
}  // namespace libero
