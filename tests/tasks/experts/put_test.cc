#include "tasks/experts/put.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/tasks/experts/stage.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kRounding = 1e-9;  // m
constexpr double kTouch = 1e-6;     // m that what touches is lifted by to be free

class PutTest : public StageTest {
 protected:
  // The boxes of an object as it will be when it is put.
  static std::vector<Box> BoxesAt(const Workcell& cell, int object, const Pose& X_WO) {
    const Pose moved = X_WO * cell.object(object).Inverse();
    std::vector<Box> boxes = cell.ObjectBoxes(object);
    for (Box& box : boxes) box = moved * box;
    return boxes;
  }

  // What must hold for all places for a task's only subgoal.
  static void ExpectGood(const std::string& suite, int task_index) {
    SCOPED_TRACE(suite + " " + std::to_string(task_index));
    const Stage stage(Setup(suite, task_index));
    const Workcell& cell = stage.cell();
    const Subgoal subgoal = PlanSubgoals(cell).at(0);
    const std::vector<Put> puts = PlanPuts(cell, subgoal);
    ASSERT_FALSE(puts.empty());
    EXPECT_TRUE(std::ranges::is_sorted(puts, {}, &Put::cost));
    for (const Put& put : puts) {
      EXPECT_TRUE(FulfilledAt(cell, subgoal, put.X_WO));
      EXPECT_LT((put.X_WO.R - put.turn * cell.object(subgoal.object).R).norm(), kRounding);
    }
    ExpectRoom(cell, subgoal, puts.front());
  }

 private:
  // It stands on something, and nothing else is there or on the way to there.
  static void ExpectRoom(const Workcell& cell, const Subgoal& subgoal, const Put& put) {
    const std::vector<Box> others = cell.BoxesExcept(subgoal.object).boxes;
    const Pose lifted = {put.X_WO.p + Vector3d(0, 0, kTouch), put.X_WO.R};
    const std::vector<Box> boxes = BoxesAt(cell, subgoal.object, lifted);
    EXPECT_FALSE(Collide(boxes, Vector3d::Zero(), others));
    EXPECT_FALSE(Collide(boxes, put.entry, others));
    EXPECT_TRUE(Collide(boxes, {0, 0, -2 * kTouch}, others));
  }
};

TEST_F(PutTest, OnAnObject) {
  ExpectGood("libero_goal", 8);
}

TEST_F(PutTest, OnAPartOfAFixture) {
  ExpectGood("libero_goal", 1);
  ExpectGood("libero_goal", 4);
}

TEST_F(PutTest, OnARegionOfTheTable) {
  ExpectGood("libero_goal", 5);
}

TEST_F(PutTest, IntoABasket) {
  ExpectGood("libero_object", 0);
}

TEST_F(PutTest, NotOntoWhatStandsThere) {
  Stage stage(Setup("libero_goal", 8));
  const Workcell& cell = stage.cell();
  const Subgoal subgoal = PlanSubgoals(cell).at(0);
  const int bottle = stage.Find("wine_bottle_1");
  stage.MoveTo(bottle, cell.object(subgoal.support).p + Vector3d(0, 0, 0.1));
  EXPECT_TRUE(PlanPuts(cell, subgoal).empty());
}

}  // namespace
}  // namespace libero
