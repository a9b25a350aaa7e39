#include "tasks/experts/plan_search.h"

#include <vector>

#include <gtest/gtest.h>

#include "tasks/experts/hand.h"
#include "tasks/experts/motion.h"
#include "tests/tasks/experts/stage.h"

namespace libero {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

class PlanSearchTest : public StageTest {
 protected:
  PlanSearchTest()
      : stage_(Setup("libero_goal", 8)),
        subgoal_(PlanSubgoals(stage_.cell()).at(0)),
        puts_(PlanPuts(stage_.cell(), subgoal_)) {}

  [[nodiscard]] PlanSearch Search() { return {stage_.agent(), subgoal_.object, puts_}; }

  Stage stage_;
  Subgoal subgoal_;
  std::vector<Put> puts_;
};

TEST_F(PlanSearchTest, TheHandHasRoomHereAndThere) {
  constexpr double kGraze = 0.0025;  // m; see PlanSearch
  const std::optional<Plan> plan = Search().Best({});
  ASSERT_TRUE(plan);
  const std::vector<Box> others = stage_.cell().BoxesExcept(subgoal_.object).boxes;
  const auto room = [&](const Pose& hand) {
    std::vector<Box> boxes = HandBoxes(hand, plan->grasp.gap);
    for (Box& box : boxes) box = Grown(box, -kGraze);
    return !Collide(boxes, Vector3d::Zero(), others);
  };
  const Pose taking = stage_.cell().object(subgoal_.object) * plan->grasp.X_OH;
  EXPECT_TRUE(room(taking));
  EXPECT_TRUE(room({taking.p + Vector3d(0, 0, kApproach), taking.R}));
  EXPECT_TRUE(room(plan->put.X_WO * plan->grasp.X_OH));
  EXPECT_TRUE(FulfilledAt(stage_.cell(), subgoal_, plan->put.X_WO));
}

TEST_F(PlanSearchTest, TriesAnotherGraspNextTime) {
  const std::optional<Plan> first = Search().Best({});
  ASSERT_TRUE(first);
  // far from what failed every time
  std::vector<Grasp> tried(10, first->grasp);
  const std::optional<Plan> second = Search().Best(tried);
  ASSERT_TRUE(second);
  EXPECT_GT((second->grasp.X_OH.p - first->grasp.X_OH.p).norm(), 0.01);
  EXPECT_GT(second->cost, first->cost);
}

TEST_F(PlanSearchTest, NothingWithoutAPlace) {
  puts_.clear();
  EXPECT_FALSE(Search().Best({}));
  EXPECT_FALSE(Search().BestPut());
}

TEST_F(PlanSearchTest, NothingForWhatCannotBeHeld) {
  const PlanSearch search(stage_.agent(), stage_.Find("wooden_cabinet_1"), puts_);
  EXPECT_FALSE(search.Best({}));
}

TEST_F(PlanSearchTest, ThePlaceForWhatIsHeldIsOneOfThose) {
  const std::optional<Put> put = Search().BestPut();
  ASSERT_TRUE(put);
  EXPECT_TRUE(FulfilledAt(stage_.cell(), subgoal_, put->X_WO));
}

}  // namespace
}  // namespace libero
