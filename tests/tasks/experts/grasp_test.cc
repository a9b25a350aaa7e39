#include "tasks/experts/grasp.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "tasks/experts/hand.h"
#include "tests/tasks/experts/stage.h"

namespace libero {
namespace {

using Eigen::Vector3d;

constexpr double kGraze = 0.003;  // m that the hand may be in an object, for boxes are not exact

class GraspTest : public StageTest {
 protected:
  GraspTest() : stage_(Setup("libero_goal", 8)) {}

  // Calls `check` with the hand and its gap for each way to hold each thing that can be moved.
  template <typename Check>
  void ForAll(bool is_tilted, const Check& check) {
    for (const int object : stage_.FreeObjects()) {
      SCOPED_TRACE(stage_.cell().objects()[static_cast<size_t>(object)].name);
      const std::vector<Grasp> grasps = PlanGrasps(stage_.cell(), object, is_tilted);
      EXPECT_FALSE(grasps.empty());
      const Pose X_WO = stage_.cell().object(object);
      const std::vector<Box> boxes = stage_.cell().ObjectBoxes(object);
      for (const Grasp& grasp : grasps) check(X_WO * grasp.X_OH, grasp.gap, boxes);
    }
  }

  static void ExpectNoBump(const Pose& hand, double gap, const std::vector<Box>& object) {
    std::vector<Box> open = HandBoxes(hand, gap);
    for (Box& box : open) box = Grown(box, -kGraze);
    EXPECT_FALSE(Collide(open, Vector3d::Zero(), object));
  }

  static void ExpectHold(const Pose& hand, double gap, const std::vector<Box>& object) {
    const Box between = SpaceBetweenPads(hand, gap);
    EXPECT_TRUE(Collide(std::span(&between, 1), Vector3d::Zero(), object));
  }

  Stage stage_;
};

TEST_F(GraspTest, DoNotBumpIntoTheObject) {
  ForAll(false, ExpectNoBump);
  ForAll(true, ExpectNoBump);
}

TEST_F(GraspTest, HaveSomethingBetweenTheFingers) {
  ForAll(false, ExpectHold);
  ForAll(true, ExpectHold);
}

TEST_F(GraspTest, PointDownOrAslant) {
  const auto tilt = [](const Pose& hand) {
    return std::acos(std::clamp(-hand.R(2, 2), -1.0, 1.0));
  };
  ForAll(false, [&](const Pose& hand, double, const auto&) { EXPECT_LT(tilt(hand), 1e-6); });
  ForAll(true, [&](const Pose& hand, double, const auto&) { EXPECT_GT(tilt(hand), 0.5); });
}

TEST_F(GraspTest, ComeTheBestFirst) {
  for (const int object : stage_.FreeObjects()) {
    EXPECT_TRUE(std::ranges::is_sorted(PlanGrasps(stage_.cell(), object, false), {}, &Grasp::cost));
    EXPECT_TRUE(std::ranges::is_sorted(PlanGrasps(stage_.cell(), object, true), {}, &Grasp::cost));
  }
}

TEST_F(GraspTest, MoveWithTheObject) {
  constexpr double kShift = 0.1;  // m
  const int box = stage_.Find("cream_cheese_1");
  const std::vector<Grasp> here = PlanGrasps(stage_.cell(), box, false);
  stage_.MoveTo(box, stage_.cell().object(box).p + Vector3d(0, 0, kShift));
  const std::vector<Grasp> there = PlanGrasps(stage_.cell(), box, false);
  ASSERT_EQ(here.size(), there.size());
  for (size_t i = 0; i < here.size(); ++i) {
    EXPECT_LT((here[i].X_OH.p - there[i].X_OH.p).norm(), 1e-9);
  }
}

TEST_F(GraspTest, NoneForWhatIsTooWide) {
  for (const char* const name : {"wooden_cabinet_1", "flat_stove_1"}) {
    EXPECT_TRUE(PlanGrasps(stage_.cell(), stage_.Find(name), false).empty()) << name;
  }
}

}  // namespace
}  // namespace libero
