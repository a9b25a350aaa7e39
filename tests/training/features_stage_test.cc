#include "training/features_stage.h"

#include <cmath>
#include <memory>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/nn/initialize.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/test_folder.h"
#include "tests/training/small_training.h"
#include "training/pictures.h"

namespace libero {
namespace {

class FeaturesStageTest : public testing::Test {
 protected:
  FeaturesStageTest()
      : lam_(SmallModel(1).latent_action_model, at::kFloat),
        networks_(MakePolicyNetworks(SmallModel(1), at::kCPU, 8)) {
    InitializeWeights(&lam_, 7);
  }

  // Two positions of the first demonstration; one that moves and two that do not of the other,
  // which has other things.
  static ScenePositions Positions() {
    ScenePositions positions = {.rows = {}, .things = {"a bowl", "a plate"}};
    for (int row = 0; row < 4; ++row) positions.rows.push_back({0.1 * row, std::cos(row)});
    for (int row = 0; row < 3; ++row) positions.rows.push_back({std::sin(row), 0.2, 0.001 * row});
    return positions;
  }

  TestFolder folder_;
  TrainingSet data_ = MakeSmallSet(folder_.path(), {4, 3});
  LatentActionModel lam_;
  PolicyNetworks networks_;
};

TEST_F(FeaturesStageTest, LearnsABatchByHeart) {
  const Recipe recipe = {.steps = 60,
                         .batch_size = 7,
                         .learning_rate = 3e-3,
                         .schedule = "cosine",
                         .warmup_steps = 5,
                         .augment = false};
  FeaturesStage stage(&lam_, &networks_, &data_, Positions(), recipe, 7);
  EXPECT_EQ(stage.num_examples(), 7);
  EXPECT_TRUE(TrainIn(folder_ / "run", &stage, recipe));
  constexpr double kLearnt = 0.08;  // of a deviation of 1
  for (const char* name : {"l1", "fused_l1"}) {
    const std::vector<double> values = ReadMetric(folder_ / "run", name);
    EXPECT_GT(values.front(), 0.5) << name;
    EXPECT_LT(values.back(), kLearnt) << name;
  }

  // the VLA's tower begins as the backbone
  stage.Finish();
  const c10::NoGradGuard no_grad;
  const at::Tensor pixels = FormulaTensor("pixels", {2, 3, 56, 56});
  constexpr double kTolerance = 1e-5;
  EXPECT_TRUE(at::allclose(networks_.vla->featurizer().Intermediate(pixels, 2),
                           lam_.backbone().Intermediate(pixels, 2), kTolerance, kTolerance));
}

// Which random change a picture gets is a matter of its place in the order.
TEST_F(FeaturesStageTest, ChangesPicturesByTheirPlace) {
  const FeaturesStage stage(&lam_, &networks_, &data_, Positions(), {.augment = true}, 7);
  const Batch one = stage.MakeBatch({{.position = 5, .example = 2}});
  const Batch three = stage.MakeBatch({{.position = 4, .example = 2},
                                       {.position = 5, .example = 2},
                                       {.position = 6, .example = 1}});
  EXPECT_TRUE(at::equal(three.rows, at::tensor({2, 2, 1}, at::kLong)));
  EXPECT_TRUE(at::equal(three.pictures[1], one.pictures[0]));
  EXPECT_FALSE(at::equal(three.pictures[0], one.pictures[0]));
  const FeaturesStage plain(&lam_, &networks_, &data_, Positions(), {.augment = false}, 7);
  const at::Tensor picture = plain.MakeBatch({{.position = 9, .example = 2}}).pictures[0];
  EXPECT_TRUE(at::equal(picture, CentredPictures(data_, 2, 1)[0])) << "as a policy sees it";
}

// A replica has the same parameters, and gradients of its own.
TEST_F(FeaturesStageTest, ReplicasShareParameters) {
  FeaturesStage stage(&lam_, &networks_, &data_, Positions(), {.augment = false}, 7);
  const std::unique_ptr<Stage> replica = stage.MakeReplica();
  const Batch batch =
      stage.MakeBatch({{.position = 0, .example = 1}, {.position = 1, .example = 5}});
  const at::Tensor loss = replica->Loss(batch).total;
  EXPECT_TRUE(at::equal(loss, stage.Loss(batch).total));
  loss.backward();
  const auto mine = stage.parameters();
  const auto its = replica->parameters();
  ASSERT_EQ(its.size(), mine.size());
  int num_gradients = 0;
  for (size_t i = 0; i < mine.size(); ++i) {
    EXPECT_EQ(its[i].name, mine[i].name);
    EXPECT_EQ(its[i].tensor->data_ptr(), mine[i].tensor->data_ptr()) << mine[i].name;
    EXPECT_FALSE(mine[i].tensor->grad().defined());
    if (its[i].tensor->grad().defined()) ++num_gradients;
  }
  EXPECT_GT(num_gradients, 40);
}

}  // namespace
}  // namespace libero
