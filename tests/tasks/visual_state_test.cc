#include "tasks/visual_state.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/model.h"

namespace libero {
namespace {

constexpr const char* kProblem = R"((define (problem LIBERO_Tabletop_Manipulation)
  (:domain robosuite)
  (:language test)
  (:regions (spot (:target main_table) (:ranges ((-0.1 -0.05 0.1 0.05)))))
  (:fixtures main_table - table stove_1 - flat_stove)
  (:objects bowl_1 - akita_black_bowl)
  (:obj_of_interest bowl_1)
  (:init (On bowl_1 main_table_spot))
  (:goal (Turnon stove_1))
))";

constexpr const char* kModel = R"(<mujoco><worldbody>
    <site name="main_table_spot" rgba="0 0 1 0.75"/>
    <body><site name="gripper0_grip_site" rgba="1 0 0 0.5"/></body>
    <body name="bowl_1_main"><freejoint/><geom size="0.1"/>
      <site name="bowl_1_default_site" rgba="1 0 0 0"/></body>
    <body name="stove_1_main" pos="5 5 5"><site name="stove_1_burner" rgba="0.5 0 0 1"/>
      <body><joint name="stove_1_button"/><geom size="0.1"/></body></body>
  </worldbody></mujoco>)";

class VisualStateTest : public testing::Test {
 protected:
  VisualStateTest() : problem_(ParseProblem(kProblem, "a.bddl")) {
    objects_.resize(2);
    objects_[0].name = "bowl_1";
    objects_[0].sites = {"bowl_1_default_site"};
    objects_[1].name = "stove_1";
    objects_[1].sites = {"stove_1_burner"};
    objects_[1].joints = {"stove_1_button"};
    char error[500] = "";
    mjSpec* spec = mj_parseXMLString(kModel, nullptr, error, sizeof(error));
    model_.reset(mj_compile(spec, nullptr));
    mj_deleteSpec(spec);
    world_ = std::make_unique<World>(*model_);
    state_ = std::make_unique<VisualState>(problem_, objects_, *model_);
  }

  float Alpha(const std::string& site) {
    return world_->site_rgba(mj_name2id(model_.get(), mjOBJ_SITE, site.c_str()))[3];
  }

  void SetKnob(double q) {
    const int id = mj_name2id(model_.get(), mjOBJ_JOINT, "stove_1_button");
    world_->data().qpos[model_->jnt_qposadr[id]] = q;
  }

  Problem problem_;
  std::vector<ObjectModel> objects_;
  MjModelPtr model_;
  std::unique_ptr<World> world_;
  std::unique_ptr<VisualState> state_;
};

TEST_F(VisualStateTest, AResetHidesSitesOfGripperAndObjectsOnly) {
  state_->Reset(*world_);
  EXPECT_EQ(Alpha("main_table_spot"), 0.75F);
  EXPECT_EQ(Alpha("gripper0_grip_site"), -0.5F);
  EXPECT_EQ(Alpha("bowl_1_default_site"), 0.0F);
  EXPECT_EQ(Alpha("stove_1_burner"), -1.0F);
  EXPECT_EQ(model_->site_rgba[3], 0.75F);  // the shared model keeps its colours
}

TEST_F(VisualStateTest, TheBurnerFollowsTheKnob) {
  SetKnob(0.6);
  state_->Reset(*world_);
  EXPECT_EQ(Alpha("stove_1_burner"), -1.0F);  // dark until the first step
  for (int i = 0; i < 2; ++i) {
    SetKnob(0.5);
    state_->Update(*world_);
    state_->Update(*world_);
    EXPECT_EQ(Alpha("stove_1_burner"), 2.0F);
    SetKnob(0.49);
    state_->Update(*world_);
    state_->Update(*world_);
    EXPECT_EQ(Alpha("stove_1_burner"), -1.0F);
  }
}

}  // namespace
}  // namespace libero
