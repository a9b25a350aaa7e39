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

class PutAsideTest : public PutTest {
 protected:
  PutAsideTest()
      : stage_(Setup("libero_goal", 8)),
        object_(stage_.Find("cream_cheese_1")),
        here_(stage_.cell().object(object_)) {}

  Stage stage_;
  int object_;
  Pose here_;
};

TEST_F(PutAsideTest, IsOnTheTable) {
  const std::vector<Put> puts = PlanAside(stage_.cell(), object_, {});
  ASSERT_FALSE(puts.empty());
  std::vector<Box> things = stage_.cell().BoxesExcept(object_).boxes;
  std::erase_if(things, [&](const Box& box) { return box.top() < here_.p.z(); });
  for (const Put& put : puts) {
    EXPECT_TRUE(put.X_WO.p.z() == here_.p.z() && put.turn.isIdentity());
    EXPECT_FALSE(Collide(BoxesAt(stage_.cell(), object_, put.X_WO), Vector3d::Zero(), things));
  }
}

// There is a roof over half of what is around, and a post in the rest.
TEST_F(PutAsideTest, IsNeitherInNorBelowWhatIsKeptFree) {
  const std::vector<Box> keep_free = {
      {{here_.p + Vector3d(0.5, 0, 0.3), Matrix3d::Identity()}, {0.5, 1, 0.01}},
      {{here_.p + Vector3d(-0.15, 0, 0), Matrix3d::Identity()}, {0.02, 0.02, 0.1}}};
  const std::vector<Put> puts = PlanAside(stage_.cell(), object_, keep_free);
  ASSERT_FALSE(puts.empty());
  EXPECT_LT(puts.size(), PlanAside(stage_.cell(), object_, {}).size() / 2);
  for (const Put& put : puts) {
    EXPECT_FALSE(Collide(BoxesAt(stage_.cell(), object_, put.X_WO), {0, 0, 0.4}, keep_free));
  }
}

TEST_F(PutAsideTest, IsNearest) {
  const std::vector<Put> puts = PlanAside(stage_.cell(), object_, {});
  constexpr double kStep = 1e-9;  // m; of places as far away as each other
  double last = 0.05;
  for (const Put& put : puts) {
    const double distance = (put.X_WO.p - here_.p).norm();
    EXPECT_GT(distance, last - kStep);
    last = distance;
  }
}

TEST_F(PutAsideTest, IsNowhereBelowARoofOverEverything) {
  const Box roof = {{here_.p + Vector3d(0, 0, 0.3), Matrix3d::Identity()}, {1, 1, 0.01}};
  EXPECT_TRUE(PlanAside(stage_.cell(), object_, std::span(&roof, 1)).empty());
}

}  // namespace
}  // namespace libero
