#include "tasks/scene_arranger.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

namespace libero {
namespace {

// A task of libero_spatial, and a demonstration of two steps: in the second the bowl has been
// lifted by 10 cm and the arm's first joint turned by 0.5 rad.
class SceneArrangerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
    const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
    setup_ = new TaskSetup(LoadTaskSetup(FindSuite(suites, "libero_spatial").tasks[0], store));
    Env env(*setup_);
    const std::vector<double> state = env.world().State();
    demo_ = new Demo();
    demo_->state_size = static_cast<int>(state.size());
    demo_->actions.resize(2);
    demo_->states = state;
    demo_->states.insert(demo_->states.end(), state.begin(), state.end());
    double* second = demo_->states.data() + state.size() + 1;
    second[0] += 0.5;
    second[Bowl() + 2] += 0.1;
  }
  static void TearDownTestSuite() {
    delete setup_;
    delete demo_;
  }

  static const mjModel& Model() { return *setup_->scene->model; }

  // Where the first object's pose is in qpos.
  static int Bowl() {
    int joint = 0;
    while (Model().jnt_type[joint] != mjJNT_FREE) ++joint;
    return Model().jnt_qposadr[joint];
  }

  static TaskSetup* setup_;
  static Demo* demo_;
};

TaskSetup* SceneArrangerTest::setup_ = nullptr;
Demo* SceneArrangerTest::demo_ = nullptr;

TEST_F(SceneArrangerTest, ObjectsLieAsAfterAResetAndTheArmStandsAsInTheDemonstration) {
  SceneArranger arranger(*setup_, {*demo_}, 1);
  constexpr int kCount = 30;
  const std::vector<std::vector<double>> states = arranger.Arrange(4, kCount);
  ASSERT_EQ(states.size(), static_cast<size_t>(kCount));
  Env env(*setup_, {.seed = 1});
  env.Reset(5);
  for (int i = 0; i < 10; ++i) env.Step({0, 0, 0, 0, 0, 0, -1});
  const std::vector<double> settled = env.world().State();
  const double* first = demo_->states.data() + 1;
  const int bowl = Bowl();
  int num_lifted = 0;
  for (const std::vector<double>& state : states) {
    ASSERT_EQ(state.size(), settled.size());
    const double* qpos = state.data() + 1;
    const bool is_lifted = std::abs(qpos[bowl + 2] - (first[bowl + 2] + 0.1)) < 1e-9;
    num_lifted += is_lifted ? 1 : 0;
    if (is_lifted) {
      EXPECT_EQ(qpos[bowl], first[bowl]) << "where it was then";
      EXPECT_EQ(qpos[0], first[0] + 0.5) << "the arm that holds it stands as it did";
    } else {
      EXPECT_EQ(qpos[bowl], settled[1 + static_cast<size_t>(bowl)]);
      EXPECT_NEAR(qpos[0], first[0], 0.05) << "about as in the first step";
      EXPECT_NE(qpos[0], first[0]);
    }
    EXPECT_EQ(qpos[bowl + 7], settled[1 + static_cast<size_t>(bowl) + 7]) << "the next object";
    EXPECT_TRUE(std::all_of(state.begin() + 1 + Model().nq, state.end(),
                            [](double velocity) { return velocity == 0; }));
  }
  EXPECT_GT(num_lifted, kCount / 6);
  EXPECT_LT(num_lifted, kCount - kCount / 6);
}

TEST_F(SceneArrangerTest, DependsOnTheIndexAndTheSeedAlone) {
  SceneArranger one(*setup_, {*demo_}, 1);
  SceneArranger other(*setup_, {*demo_}, 1);
  SceneArranger third(*setup_, {*demo_}, 2);
  const auto states = one.Arrange(0, 3);
  (void)other.Arrange(7, 2);
  EXPECT_EQ(other.Arrange(0, 3), states);
  EXPECT_EQ(other.Arrange(0, 2)[1], states[1]);
  EXPECT_NE(other.Arrange(1, 3)[0], states[0]);
  EXPECT_NE(third.Arrange(0, 3)[0], states[0]);
}

}  // namespace
}  // namespace libero
