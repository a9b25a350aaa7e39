#include "sim/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class WorldTest : public testing::Test {
 protected:
  MjModelPtr shared_ = CompileModel(".", {.text = R"(<mujoco>
      <asset><texture name="t" type="2d" builtin="flat" width="64" height="64"/></asset>
      <worldbody><body name="fixture" pos="1 0 0"><geom size="0.1"/><site name="s"/></body>
      <body name="ball"><freejoint/><geom size="0.1"/></body></worldbody></mujoco>)"});
  World world_{*shared_};
};

TEST_F(WorldTest, OwnsPosesAndColoursButSharesTheRest) {
  World other(*shared_);
  world_.SetBodyPose(1, std::array{2.0, 3.0, 4.0}, std::array{0.0, 1.0, 0.0, 0.0});
  world_.site_rgba(0)[3] = 0.25F;
  world_.Forward();
  other.Forward();
  EXPECT_EQ(world_.data().xpos[3], 2.0);
  EXPECT_EQ(other.data().xpos[3], 1.0);
  EXPECT_EQ(shared_->body_pos[3], 1.0);
  EXPECT_NE(other.model().site_rgba[3], 0.25F);
  EXPECT_EQ(world_.model().tex_data, shared_->tex_data);
  EXPECT_EQ(world_.model().geom_size, shared_->geom_size);
}

// What makes stepping faster must not get into models that are saved.
TEST(WorldModelTest, CompiledModelIsTheSharedOneWithTheWorldsPoses) {
  const MjModelPtr shared = CompileModel(".", {.text = R"(<mujoco>
      <asset><mesh name="m" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/></asset>
      <worldbody><body name="fixture"><geom type="mesh" mesh="m"/><geom size="1"/></body>
      </worldbody></mujoco>)"});
  World world(*shared);
  world.SetBodyPose(1, std::array{2.0, 3.0, 4.0}, std::array{0.0, 1.0, 0.0, 0.0});
  const mjModel model = world.CompiledModel();
  EXPECT_LT(world.model().nbvh, shared->nbvh);
  EXPECT_EQ(model.nbvh, shared->nbvh);
  EXPECT_EQ(model.opt.disableflags, shared->opt.disableflags);
  EXPECT_EQ(mj_sizeModel(&model), mj_sizeModel(shared.get()));
  EXPECT_EQ(model.body_pos[3], 2.0);
  EXPECT_EQ(shared->body_pos[3], 0.0);
}

TEST_F(WorldTest, ResetGivesBackTheSharedModelsValues) {
  world_.SetBodyPose(1, std::array{2.0, 3.0, 4.0}, std::array{0.0, 1.0, 0.0, 0.0});
  world_.site_rgba(0)[3] = 0.25F;
  world_.data().qpos[0] = 5;
  world_.Reset();
  world_.Forward();
  EXPECT_EQ(world_.data().xpos[3], 1.0);
  EXPECT_EQ(world_.model().site_rgba[3], shared_->site_rgba[3]);
  EXPECT_EQ(world_.data().qpos[0], 0);
}

TEST_F(WorldTest, StateIsTimeThenQposThenQvel) {
  std::vector<double> state(14, 0);
  state[0] = 1.5;  // time
  state[1] = 0.1;  // qpos[0]
  state[4] = 1;    // w of the quaternion
  state[8] = 0.2;  // qvel[0]
  world_.SetState(state);
  EXPECT_EQ(world_.data().time, 1.5);
  EXPECT_EQ(world_.data().qpos[0], 0.1);
  EXPECT_EQ(world_.data().qvel[0], 0.2);
  EXPECT_EQ(world_.State(), state);
  EXPECT_THAT([&] { world_.SetState(std::vector<double>(13)); },
              ThrowsMessage<Error>(HasSubstr("expected 1 + 7 + 6 = 14 numbers (time, qpos, qvel), "
                                             "got 13")));
}

TEST_F(WorldTest, StepsAsAModelOfItsOwnWould) {
  MjDataPtr data(mj_makeData(shared_.get()));
  for (int i = 0; i < 100; ++i) {
    mj_step(shared_.get(), data.get());
    mj_step(&world_.model(), &world_.data());
  }
  EXPECT_THAT(std::vector<double>(world_.data().qpos, world_.data().qpos + 7),
              testing::ElementsAreArray(data->qpos, 7));
}

}  // namespace
}  // namespace libero
