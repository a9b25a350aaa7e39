#include "tasks/experts/solve.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tasks/experts/stage.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SolveTest : public StageTest {
 protected:
  // Solves the scene of libero_goal with another goal.
  Stage::Outcome Solve(std::vector<Predicate> goal) {
    stage_ = std::make_unique<Stage>(SetupWithGoal(std::move(goal)));
    said_.clear();
    stage_->agent().say = [this](const std::string& text) {
      said_.push_back(text);
    };
    return stage_->Do(SolveTask(stage_->agent()));
  }

  std::unique_ptr<Stage> stage_;
  std::vector<std::string> said_;
};

TEST_F(SolveTest, DoesNothingWhereTheGoalHolds) {
  ASSERT_TRUE(Solve({MakePredicate("turnon", {"flat_stove_1"})}).result);
  said_.clear();
  const Stage::Outcome again = stage_->Do(SolveTask(stage_->agent()));
  EXPECT_TRUE(again.result);
  EXPECT_EQ(again.num_steps, 0);
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(SolveTest, DoesOneSubgoalAfterTheOther) {
  const Stage::Outcome outcome = Solve({MakePredicate("on", {"akita_black_bowl_1", "plate_1"}),
                                        MakePredicate("turnon", {"flat_stove_1"})});
  EXPECT_TRUE(outcome.result);
  EXPECT_TRUE(stage_->env().Solved());
  EXPECT_THAT(said_, ElementsAre("do (Turnon flat_stove_1)", "take akita_black_bowl_1",
                                 "put (On akita_black_bowl_1 plate_1)"));
}

// Nobody asks for the drawer to be opened.
TEST_F(SolveTest, OpensWhatSomethingIsToBePutInto) {
  const Stage::Outcome outcome =
      Solve({MakePredicate("in", {"cream_cheese_1", "wooden_cabinet_1_top_region"})});
  EXPECT_TRUE(outcome.result);
  EXPECT_TRUE(stage_->env().Solved());
  ASSERT_FALSE(said_.empty());
  EXPECT_EQ(said_[0], "open for (In cream_cheese_1 wooden_cabinet_1_top_region)");
}

TEST_F(SolveTest, GivesUpWhereItKnowsNoFurther) {
  // there is nowhere on a plate for the cabinet, which cannot be held anyway
  const Stage::Outcome outcome = Solve({MakePredicate("on", {"wooden_cabinet_1", "plate_1"})});
  EXPECT_FALSE(outcome.result);
  EXPECT_EQ(outcome.num_steps, 0);
  EXPECT_THAT(said_, testing::Each("no way to bring wooden_cabinet_1"));
}

}  // namespace
}  // namespace libero
