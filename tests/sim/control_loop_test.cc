#include "sim/control_loop.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tasks/env.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr double kReach = 2e-3;  // m the hand may miss by when nothing is in its way

class ControlLoopTest : public testing::Test {
 protected:
  // The arm where a reset puts it, in free space.
  Env MakeEnv(StepMode mode = StepMode::kReference, OscKind controller = OscKind::kPose) {
    return Env(setup_, {.mode = mode, .controller = controller});
  }

  static Vector3 Hand(const Env& env) { return env.Observe().eef_pos; }

  static void Repeat(Env& env, const Action& action, int num_steps) {
    for (int i = 0; i < num_steps; ++i) env.Step(action);
  }

  SceneStore store_{LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR};
  TaskSetup setup_ =
      LoadTaskSetup(FindSuite(LoadSuites(LIBERO_DEPS_DIR), "libero_goal").tasks[0], store_);
};

TEST_F(ControlLoopTest, HoldsThePoseUnderGravity) {
  Env env = MakeEnv();
  const Vector3 before = Hand(env);
  Repeat(env, {}, 40);
  const Vector3 after = Hand(env);
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(after[i], before[i], kReach);
}

// Each action's goal is five centimetres away from where the hand is then, not from the last goal.
TEST_F(ControlLoopTest, ActionsMoveTheHandAlongTheirDirection) {
  Env env = MakeEnv();
  const Vector3 before = Hand(env);
  Repeat(env, {0, 0, 1, 0, 0, 0, 0}, 10);
  const Vector3 after = Hand(env);
  EXPECT_GT(after[2] - before[2], 0.05);
  EXPECT_LT(after[2] - before[2], 0.5);
  EXPECT_NEAR(after[0], before[0], 0.02);
  EXPECT_NEAR(after[1], before[1], 0.02);
}

TEST_F(ControlLoopTest, NumbersBeyondOneAreClipped) {
  Env clipped = MakeEnv();
  Env beyond = MakeEnv();
  Repeat(clipped, {1, -1, 1, 0, 0, 1, 1}, 3);
  Repeat(beyond, {7, -2, 1.5, 0, 0, 9, 4}, 3);
  EXPECT_EQ(clipped.world().State(), beyond.world().State());
}

TEST_F(ControlLoopTest, WithoutRotationTheOrientationOfTheResetIsHeld) {
  Env env = MakeEnv();
  const auto before = env.Observe().eef_quat_xyzw;
  Repeat(env, {0.3, 0.3, 0, 0, 0, 0, 0}, 10);
  Repeat(env, {}, 20);
  const auto after = env.Observe().eef_quat_xyzw;
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(after[i], before[i], 0.02);
}

TEST_F(ControlLoopTest, PositionControlPointsTheHandDownAndIgnoresRotations) {
  Env env = MakeEnv(StepMode::kReference, OscKind::kPosition);
  Env turned = MakeEnv(StepMode::kReference, OscKind::kPosition);
  Repeat(env, {}, 60);
  Repeat(turned, {0, 0, 0, 1, 1, 1, 0}, 60);
  EXPECT_EQ(env.world().State(), turned.world().State());
  const int site = mj_name2id(&env.world().model(), mjOBJ_SITE, "gripper0_grip_site");
  EXPECT_LT(env.world().data().site_xmat[9 * site + 8], -0.999) << "z of the hand's axis";
}

TEST_F(ControlLoopTest, TorquesStayWithinTheMotorsLimits) {
  Env env = MakeEnv();
  for (int i = 0; i < 10; ++i) {
    env.Step({1, 1, -1, 1, 1, 1, 1});
    for (int k = 0; k < 7; ++k) {
      EXPECT_LE(std::abs(env.world().data().ctrl[k]),
                env.world().model().actuator_ctrlrange[2 * k + 1]);
    }
  }
}

TEST_F(ControlLoopTest, TheGripperOpensAndClosesInFourSteps) {
  Env env = MakeEnv();
  Repeat(env, {0, 0, 0, 0, 0, 0, -1}, 4);  // 100 substeps at 0.01
  EXPECT_EQ(env.world().data().ctrl[7], 0.04);
  EXPECT_EQ(env.world().data().ctrl[8], -0.04);
  Repeat(env, {}, 2);
  EXPECT_EQ(env.world().data().ctrl[7], 0.04) << "0 holds";
  Repeat(env, {0, 0, 0, 0, 0, 0, 0.1}, 8);
  EXPECT_NEAR(env.world().data().ctrl[7], 0, 1e-15) << "any positive number closes at full speed";
}

TEST_F(ControlLoopTest, FastStaysNearReference) {
  constexpr double kTolerance = 1e-3;  // m and rad; 3e-6 after 200 steps in free space
  Env reference = MakeEnv();
  Env fast = MakeEnv(StepMode::kFast);
  for (int i = 0; i < 20; ++i) {
    const Action action = {std::sin(i), std::cos(i), 0.2, 0, 0.1, 0, -1};
    reference.Step(action);
    fast.Step(action);
  }
  for (int i = 0; i < 7; ++i) {
    EXPECT_NEAR(reference.world().data().qpos[i], fast.world().data().qpos[i], kTolerance);
  }
}

TEST_F(ControlLoopTest, RefusesActionsThatAreNotFiniteAndChangesNothing) {
  Env env = MakeEnv();
  const std::vector<double> before = env.world().State();
  EXPECT_THAT(
      [&] {
        env.Step({0, 0, std::nan(""), 0, 0, 0, 0});
      },
      ThrowsMessage<Error>(HasSubstr("number 2 of 0..6 is nan")));
  EXPECT_EQ(env.world().State(), before);
}

TEST_F(ControlLoopTest, BadNumbersMakeTheEnvironmentDiverge) {
  LogMujocoWarnings();
  Env env = MakeEnv();
  EXPECT_FALSE(env.Diverged());
  env.world().data().qpos[0] = std::nan("");
  env.Step({});
  EXPECT_TRUE(env.Diverged());
  env.Reset(1);
  EXPECT_FALSE(env.Diverged());
}

TEST(StepModeTest, NamesTheModesThatThereAre) {
  EXPECT_EQ(FindStepMode("fast"), StepMode::kFast);
  EXPECT_THAT([] { (void)FindStepMode("fats"); },
              ThrowsMessage<Error>(HasSubstr("did you mean 'fast'?")));
}

TEST(PandaIdsTest, SaysWhatTheModelLacks) {
  const MjModelPtr model = CompileModel(".", {.text = "<mujoco/>"});
  EXPECT_THAT([&] { (void)FindPanda(*model); }, ThrowsMessage<Error>(HasSubstr("robot0_joint1")));
}

}  // namespace
}  // namespace libero
