#include "tasks/experts/fixtures.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/tasks/experts/stage.h"

namespace libero {
namespace {

class FixturesTest : public StageTest {
 protected:
  // The scene of libero_goal with a goal, which is the subgoal.
  void SetGoal(const std::string& predicate, const std::string& what) {
    stage_ = std::make_unique<Stage>(SetupWithGoal({MakePredicate(predicate, {what})}));
    subgoal_ = PlanSubgoals(stage_->cell()).at(0);
  }

  [[nodiscard]] double Joint() const { return stage_->cell().joint(subgoal_.joint); }
  [[nodiscard]] bool Solved() const { return stage_->env().Solved(); }
  Agent& agent() { return stage_->agent(); }

  std::unique_ptr<Stage> stage_;
  Subgoal subgoal_;
};

TEST_F(FixturesTest, DrawersOpenAndClose) {
  for (const char* drawer : {"top", "middle"}) {
    SetGoal("open", std::string("wooden_cabinet_1_") + drawer + "_region");
    ASSERT_GE(subgoal_.joint, 0) << drawer;
    EXPECT_FALSE(Solved());
    EXPECT_TRUE(stage_->Do(OpenDrawer(agent(), subgoal_)).result) << drawer;
    EXPECT_TRUE(Solved()) << drawer << " " << Joint();
    stage_->Do(CloseDrawer(agent(), subgoal_));
    EXPECT_GT(Joint(), 0) << drawer << ": closed is beyond 0, where it comes to rest";
  }
}

TEST_F(FixturesTest, TheKnobTurnsBothWays) {
  SetGoal("turnon", "flat_stove_1");
  EXPECT_TRUE(stage_->Do(TurnKnob(agent(), subgoal_, true)).result);
  EXPECT_TRUE(Solved());
  EXPECT_TRUE(stage_->Do(TurnKnob(agent(), subgoal_, false)).result);
  EXPECT_FALSE(Solved());
  EXPECT_LT(Joint(), 0.1) << "it gives a little when it is let go";
}

TEST_F(FixturesTest, TheDoorOfAMicrowaveCloses) {
  stage_ = std::make_unique<Stage>(Setup("libero_10", 9));
  for (const Subgoal& subgoal : PlanSubgoals(stage_->cell())) {
    if (subgoal.kind == Subgoal::Kind::kClose) subgoal_ = subgoal;
  }
  ASSERT_GE(subgoal_.joint, 0);
  EXPECT_LT(Joint(), -1) << "it is open at the beginning";
  EXPECT_TRUE(stage_->Do(CloseDoor(agent(), subgoal_)).result);
  EXPECT_TRUE(stage_->env().goal().Holds(stage_->env().world(), subgoal_.predicate));
}

TEST_F(FixturesTest, SaysWhenItDoesNotGetThere) {
  SetGoal("open", "wooden_cabinet_1_top_region");
  agent().options.speed = 0.1;  // so slow that the pull ends before the drawer does
  EXPECT_FALSE(stage_->Do(OpenDrawer(agent(), subgoal_)).result);
  EXPECT_FALSE(Solved());
}

}  // namespace
}  // namespace libero
