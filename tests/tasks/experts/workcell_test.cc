#include "tasks/experts/workcell.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tasks/experts/hand.h"
#include "tests/tasks/experts/stage.h"

namespace libero {
namespace {

using Eigen::Vector3d;

class WorkcellTest : public StageTest {
 protected:
  WorkcellTest() : stage_(Setup("libero_goal", 8)) {}

  [[nodiscard]] int Id(mjtObj type, const std::string& name) const {
    const int id = mj_name2id(&stage_.model(), type, name.c_str());
    EXPECT_GE(id, 0) << name;
    return id;
  }

  // In the hand's frame, the extent of a box geom along the axis on which fingers open.
  [[nodiscard]] std::pair<double, double> ExtentInHand(const std::string& geom) {
    const int id = Id(mjOBJ_GEOM, geom);
    const mjData& d = stage_.env().world().data();
    const Pose hand = stage_.cell().hand();
    const Eigen::Map<const Vector3d> p(d.geom_xpos + 3 * static_cast<ptrdiff_t>(id));
    const Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>> R(
        d.geom_xmat + 9 * static_cast<ptrdiff_t>(id));
    const Eigen::Map<const Vector3d> half(stage_.model().geom_size +
                                          3 * static_cast<ptrdiff_t>(id));
    const double middle = hand.R.col(0).dot(p - hand.p);
    const double reach = Box{{p, R}, half}.Reach(hand.R.col(0));
    return {middle - reach, middle + reach};
  }

  void ExpectGapBetweenPads() {
    constexpr double kSlant = 0.0005;  // m; fingers are not quite along the hand's axis
    const auto [a_low, a_high] = ExtentInHand("gripper0_finger1_pad_collision");
    const auto [b_low, b_high] = ExtentInHand("gripper0_finger2_pad_collision");
    EXPECT_NEAR(stage_.cell().finger_gap(), std::max(a_low - b_high, b_low - a_high), kSlant);
  }

  Stage stage_;
};

TEST_F(WorkcellTest, FingerGapIsThatBetweenThePads) {
  constexpr double kWideOpen = 0.002;  // m
  for (int i = 0; i < 20; ++i) stage_.env().Step({0, 0, 0, 0, 0, 0, -1});
  EXPECT_NEAR(stage_.cell().finger_gap(), kOpenGap, kWideOpen);
  ExpectGapBetweenPads();
  for (int i = 0; i < 4; ++i) stage_.env().Step({0, 0, 0, 0, 0, 0, 1});
  ExpectGapBetweenPads();
  for (int i = 0; i < 20; ++i) stage_.env().Step({0, 0, 0, 0, 0, 0, 1});
  EXPECT_NEAR(stage_.cell().finger_gap(), 0, kWideOpen);
}

TEST_F(WorkcellTest, TheHandLooksDownAndOpensAlongY) {
  constexpr double kAligned = 0.99;  // cosine
  const Pose hand = stage_.cell().hand();
  EXPECT_GT(-hand.R(2, 2), kAligned);
  EXPECT_GT(std::abs(hand.R(1, 0)), kAligned);
}

// Against the model's own shoulder and wrist.
TEST_F(WorkcellTest, ArmStretchIsFromShoulderToWrist) {
  constexpr double kTolerance = 0.01;  // m; the hand is thought to point straight from the wrist
  const Workcell& cell = stage_.cell();
  const Vector3d shoulder = cell.body(Id(mjOBJ_BODY, "robot0_link2")).p;
  const Vector3d wrist = cell.body(Id(mjOBJ_BODY, "robot0_link6")).p;
  const double stretch = ArmStretch(cell.robot_base(), cell.hand());
  EXPECT_NEAR(stretch, (wrist - shoulder).norm(), kTolerance);
  EXPECT_LT(stretch, 0.70);
}

TEST_F(WorkcellTest, BoxesAreOfAllThatCollidesButTheRobot) {
  const mjModel& m = stage_.model();
  size_t num_solids = 0;
  for (int geom = 0; geom < m.ngeom; ++geom) {
    const std::string body = mj_id2name(&m, mjOBJ_BODY, m.geom_bodyid[geom]);
    const bool is_robot = body.starts_with("robot0") || body.starts_with("gripper0") ||
                          body.starts_with("mount0") || body.starts_with("pedestal0");
    const bool collides = m.geom_contype[geom] != 0 || m.geom_conaffinity[geom] != 0;
    if (collides && !is_robot && m.geom_type[geom] != mjGEOM_PLANE) ++num_solids;
  }
  const Obstacles all = stage_.cell().AllBoxes();
  EXPECT_EQ(all.boxes.size(), num_solids);
  EXPECT_EQ(all.objects.size(), num_solids);
  EXPECT_EQ(all.swings.size(), num_solids);
  EXPECT_FALSE(Collide(HandBoxes(stage_.cell().hand(), kOpenGap), Vector3d::Zero(), all.boxes));
}

TEST_F(WorkcellTest, BoxesAreDividedAmongTheObjects) {
  const Workcell& cell = stage_.cell();
  const Obstacles all = cell.AllBoxes();
  size_t num_boxes = static_cast<size_t>(std::ranges::count(all.objects, Workcell::kArena));
  EXPECT_GT(num_boxes, 0U);
  for (int object = 0; object < static_cast<int>(cell.objects().size()); ++object) {
    const size_t num_own = cell.ObjectBoxes(object).size();
    EXPECT_GT(num_own, 0U) << cell.objects()[static_cast<size_t>(object)].name;
    EXPECT_EQ(cell.BoxesExcept(object).boxes.size(), all.boxes.size() - num_own);
    num_boxes += num_own;
  }
  EXPECT_EQ(num_boxes, all.boxes.size());
}

// Where things touch there is something of them.
TEST_F(WorkcellTest, BoxesHoldTheContacts) {
  constexpr double kDepth = 0.002;  // m that contacts may lie below surfaces
  const Workcell& cell = stage_.cell();
  const mjModel& m = stage_.model();
  const mjData& d = stage_.env().world().data();
  int num_contacts = 0;
  for (const int object : stage_.FreeObjects()) {
    const int root = Id(mjOBJ_BODY, cell.objects()[static_cast<size_t>(object)].root_body);
    for (int i = 0; i < d.ncon; ++i) {
      const mjContact& contact = d.contact[i];
      const auto is_own = [&](int geom) {
        return m.body_rootid[m.geom_bodyid[geom]] == root;
      };
      if (!is_own(contact.geom[0]) && !is_own(contact.geom[1])) continue;
      const Eigen::Map<const Vector3d> p(contact.pos);
      EXPECT_TRUE(std::ranges::any_of(cell.ObjectBoxes(object), [&](const Box& box) {
        const Vector3d inside = box.pose.Inverse() * p;
        return ((inside.cwiseAbs() - box.half).array() < kDepth).all();
      }));
      ++num_contacts;
    }
  }
  EXPECT_GT(num_contacts, 4);
}

TEST_F(WorkcellTest, OnlyWhatIsOnHingesSwings) {
  const Workcell& cell = stage_.cell();
  const Obstacles all = cell.AllBoxes();
  const int stove = stage_.Find("flat_stove_1");
  int num_swinging = 0;
  for (size_t i = 0; i < all.boxes.size(); ++i) {
    if (!all.swings[i]) continue;
    EXPECT_EQ(all.objects[i], stove) << "the knob alone is on a hinge here";
    ++num_swinging;
  }
  EXPECT_GT(num_swinging, 0);
}

TEST_F(WorkcellTest, BoxesOfADrawerMoveWithIt) {
  constexpr double kPull = -0.1;  // m
  const Workcell& cell = stage_.cell();
  const int joint = Id(mjOBJ_JOINT, "wooden_cabinet_1_top_level");
  const int body = stage_.model().jnt_bodyid[joint];
  const std::vector<Box> before = cell.BodyBoxes(body);
  ASSERT_FALSE(before.empty());
  EXPECT_LT(before.size(), cell.ObjectBoxes(stage_.Find("wooden_cabinet_1")).size());
  const double closed = cell.joint(joint);
  stage_.env().world().data().qpos[stage_.model().jnt_qposadr[joint]] += kPull;
  stage_.env().world().Forward();
  EXPECT_DOUBLE_EQ(cell.joint(joint), closed + kPull);
  const std::vector<Box> after = cell.BodyBoxes(body);
  ASSERT_EQ(after.size(), before.size());
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_NEAR((after[i].pose.p - before[i].pose.p).norm(), std::abs(kPull), 1e-9);
  }
}

TEST_F(WorkcellTest, NamesObjectsByIndex) {
  const Workcell& cell = stage_.cell();
  EXPECT_EQ(cell.FindObject("plate_2"), -1);
  EXPECT_EQ(cell.category(stage_.Find("plate_1")), "plate");
  EXPECT_EQ(cell.category(stage_.Find("wooden_cabinet_1")), "wooden_cabinet");
}

TEST_F(WorkcellTest, SpeedIsThatOfAFreeObject) {
  const Workcell& cell = stage_.cell();
  const int bowl = stage_.Find("akita_black_bowl_1");
  EXPECT_LT(cell.speed(bowl), 0.01);
  EXPECT_EQ(cell.speed(stage_.Find("flat_stove_1")), 0);
  stage_.MoveTo(bowl, cell.object(bowl).p + Vector3d(0, 0, 0.3));
  stage_.env().Step({});
  constexpr double kStepTime = 0.05;  // s
  EXPECT_NEAR(cell.speed(bowl), 9.81 * kStepTime, 0.05) << "in free fall";
}

}  // namespace
}  // namespace libero
