#include "training/lam_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/nn/initialize.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/test_folder.h"
#include "tests/training/small_training.h"

namespace libero {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class LamStageTest : public testing::Test {
 protected:
  static std::unique_ptr<LatentActionModel> MakeModel(int stage) {
    auto model =
        std::make_unique<LatentActionModel>(SmallModel(stage).latent_action_model, at::kFloat);
    InitializeWeights(model.get(), 7);
    return model;
  }

  // One instruction of each demonstration, of different lengths.
  [[nodiscard]] std::vector<std::vector<int64_t>> Text() const {
    std::vector<std::vector<int64_t>> text;
    for (size_t d = 0; d < data_.demos.size(); ++d) {
      text.emplace_back(d + 1, static_cast<int64_t>(d) + 4);
    }
    return text;
  }

  static at::Tensor Parameter(Stage& stage, const std::string& name) {
    for (const NamedTensor& parameter : stage.parameters()) {
      if (parameter.name == name) return parameter.tensor->detach();
    }
    return {};
  }

  // Trains on all rows at each step; returns the losses.
  std::vector<double> Overfit(LatentActionModel* model, const std::string& name) {
    const Recipe recipe = {.steps = 400,
                           .batch_size = 6,
                           .learning_rate = 5e-3,
                           .schedule = "cosine",
                           .restart_codes_every = 10};
    LamStage stage(model, &data_, features_, Text(), recipe, {}, 7);
    EXPECT_TRUE(TrainIn(folder_ / name, &stage, recipe));
    return ReadMetric(folder_ / name, "mse");
  }

  TestFolder folder_;
  TrainingSet data_ = MakeSmallSet(folder_.path(), {3, 3});
  at::Tensor features_ = FormulaTensor("features", {6, 16, 24});
};

// Each stage learns what follows by heart: the mean square of the features is 1/3.
TEST_F(LamStageTest, LearnsABatchByHeart) {
  constexpr double kLearnt = 0.01;
  for (const int kind : {1, 2}) {
    const std::unique_ptr<LatentActionModel> model = MakeModel(kind);
    const std::vector<double> mse = Overfit(model.get(), fmt::format("lam{}", kind));
    EXPECT_GT(mse.front(), 0.2) << kind;
    EXPECT_LT(mse.back(), kLearnt) << kind;
  }
}

TEST_F(LamStageTest, TrainsWhatItIsMeantTo) {
  for (const int kind : {1, 2}) {
    const std::unique_ptr<LatentActionModel> model = MakeModel(kind);
    LamStage stage(model.get(), &data_, features_, Text(), {}, {}, 7);
    std::vector<std::string> names;
    for (const NamedTensor& parameter : stage.parameters()) names.push_back(parameter.name);
    EXPECT_THAT(names, Each(Not(HasSubstr("dino_encoder"))));
    EXPECT_EQ(std::ranges::count(names, "vq.codebook.weight"), kind == 1 ? 1 : 0);
    EXPECT_EQ(std::ranges::count(names, "vq_action.codebook.weight"), kind == 1 ? 0 : 1);
  }
}

// Pairs of the loss are 11 steps apart, and stay within their demonstration.
TEST_F(LamStageTest, PredictsWhatIsAPlanLater) {
  const TrainingSet data = MakeSmallSet(folder_.path(), {14, 5});
  const at::Tensor features = FormulaTensor("features", {19, 16, 24});
  const std::unique_ptr<LatentActionModel> model = MakeModel(2);
  const LamStage stage(model.get(), &data, features, {}, {}, {}, 7);
  EXPECT_EQ(stage.num_examples(), 19);
  const c10::NoGradGuard no_grad;
  for (const auto& [row, second] :
       std::map<int64_t, int64_t>{{0, 11}, {2, 13}, {9, 13}, {14, 18}}) {
    const Batch batch = stage.MakeBatch({{.position = 0, .example = row}});
    const at::Tensor pair = at::stack({features[row], features[second]}).unsqueeze(0);
    const double expected = LamLoss(model->forward(pair, {})).item<double>();
    EXPECT_EQ(stage.Loss(batch).total.item<double>(), expected) << row;
  }
}

// compat: with instructions of one and two tokens, the first frame of the second row and the second
// of the first get the mask of the other.
TEST_F(LamStageTest, MasksMayBeThoseOfOtherExamples) {
  const std::unique_ptr<LatentActionModel> model = MakeModel(1);
  const c10::NoGradGuard no_grad;
  const std::vector<Sample> pair = {{.position = 0, .example = 0}, {.position = 1, .example = 3}};
  const auto mse = [&](const char* quirks, const std::vector<Sample>& samples) {
    const LamStage stage(model.get(), &data_, features_, Text(), {}, ParseQuirks(quirks), 7);
    return stage.Loss(stage.MakeBatch(samples)).total.item<double>();
  };
  EXPECT_EQ(mse("fixed", {pair[0]}), mse("compat", {pair[0]})) << "alone it is its own";
  EXPECT_NE(mse("fixed", pair), mse("compat", pair));

  LamText text = {.ids = at::tensor({4, 0, 5, 5}, at::kLong).view({2, 2}),
                  .mask = at::tensor({1, 0, 1, 1}, at::kLong).view({2, 2}),
                  .frame_masks = at::tensor({1, 0, 1, 1, 1, 0, 1, 1}, at::kLong).view({2, 2, 2})};
  const at::Tensor frames =
      at::stack({at::stack({features_[0], features_[2]}), at::stack({features_[3], features_[5]})});
  EXPECT_EQ(mse("compat", pair), LamLoss(model->forward(frames, text)).item<double>());
}

TEST_F(LamStageTest, HoldsOutEveryTwentiethDemonstration) {
  TrainingSet data;
  for (int i = 0; i < 41; ++i) data.demos.push_back({.first = 2 * i, .count = 2});
  const LamRows rows = SplitRows(data);
  EXPECT_THAT(rows.held_out, ElementsAre(38, 39, 78, 79));
  EXPECT_EQ(rows.trained.size(), 78U);
  data.demos.resize(3);
  EXPECT_EQ(SplitRows(data).held_out, SplitRows(data).trained) << "none to hold out";
}

// All codes but one are far from everything.
TEST_F(LamStageTest, BringsDeadCodesBack) {
  const std::unique_ptr<LatentActionModel> model = MakeModel(2);
  Recipe recipe = {.steps = 100, .batch_size = 6, .restart_codes_every = 5};
  LamStage stage(model.get(), &data_, features_, {}, recipe, {}, 7);
  const at::Tensor codebook = Parameter(stage, "vq_action.codebook.weight");
  codebook.fill_(1000);
  codebook[3].zero_();
  std::vector<Sample> all(6);
  for (int64_t i = 0; i < 6; ++i) all[static_cast<size_t>(i)] = {.position = i, .example = i};
  const auto step_to = [&](int64_t step) {
    const StageLoss loss = stage.Loss(stage.MakeBatch(all));
    stage.AfterPart(loss);
    stage.AfterStep(step);
    return loss;
  };
  const double code_share = 1.0 / 16;
  EXPECT_EQ(stage.Measure().code_usage, code_share);
  for (int64_t step = 1; step < 5; ++step) step_to(step);
  EXPECT_EQ(stage.Measure().code_usage, code_share) << "not yet";
  const at::Tensor kept = codebook[3].clone();
  const StageLoss last = step_to(5);
  EXPECT_GE(stage.Measure().code_usage, 0.5);
  EXPECT_TRUE(at::equal(codebook[3], kept)) << "it was in use";
  for (int64_t code = 0; code < 16; ++code) {
    const double distance = (last.encoded - codebook[code]).abs().amax(1).min().item<double>();
    EXPECT_TRUE(code == 3 || distance == 0) << "code " << code << " is none that was encoded";
  }

  // in the last part of the training they are left in peace
  codebook.fill_(1000);
  codebook[3].zero_();
  for (int64_t step = 86; step <= 95; ++step) step_to(step);
  EXPECT_EQ(stage.Measure().code_usage, code_share);
}

TEST_F(LamStageTest, MeasuresAgainstCopying) {
  const std::unique_ptr<LatentActionModel> model = MakeModel(2);
  const at::Tensor same = features_.slice(0, 0, 1).expand({6, -1, -1}).contiguous();
  const LamStage still(model.get(), &data_, same, {}, {}, {}, 7);
  EXPECT_EQ(still.Measure().copy_mse, 0);
  EXPECT_GT(still.Measure().mse, 0);
  const LamStage moving(model.get(), &data_, features_, {}, {}, {}, 7);
  EXPECT_GT(moving.Measure().copy_mse, 0.1);
}

}  // namespace
}  // namespace libero
