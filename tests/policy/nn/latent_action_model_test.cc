#include "policy/nn/latent_action_model.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "tests/policy/nn/formula_weights.h"
#include "tests/policy/nn/recorded.h"

// The latent action models beside UniVLA's own, at their published widths with a block of each
// kind.
namespace libero {
namespace {

LamConfig OneBlock(int stage) {
  LamConfig config;
  config.stage = stage;
  config.features.image_size = 28;
  config.features.depth = 1;
  config.encoder_depth = config.decoder_depth = 1;
  config.text.vocabulary = 64;
  config.text.depth = 1;
  return config;
}

// (1, 2, P, features)
at::Tensor Features(const LatentActionModel& model, int row) {
  const at::Tensor frames =
      (FormulaTensor("videos." + std::to_string(row), {2, 3, 28, 28}) + 1) / 2;
  return model.Features(frames).unsqueeze(0);
}

LamText Text(int stage, int row) {
  if (stage == 2) return {};
  const int64_t length = row == 0 ? 5 : 9;
  return {.ids = FormulaIds("text." + std::to_string(row), {1, length}, 64),
          .mask = at::ones({1, length}, at::kLong)};
}

void ExpectAsRecorded(int stage) {
  const std::string file = "lam_stage" + std::to_string(stage);
  LatentActionModel model(OneBlock(stage), at::kFloat);
  FillByFormula(&model);
  model.SetRequiresGrad(true);
  model.FreezeBackbones();
  for (int row = 0; row < 2; ++row) {
    const std::string suffix = "." + std::to_string(row);
    const at::Tensor features = Features(model, row);
    const LamOutput out = model.forward(features, Text(stage, row));
    EXPECT_TRUE(at::equal(out.action.indices, Recorded(file, "indices" + suffix)));
    EXPECT_TRUE(at::equal(model.Label(features, Text(stage, row)), out.action.indices));
    EXPECT_LE(RelativeError(out.action.encoded, Recorded(file, "encoded" + suffix)), kTolerance);
    if (stage == 2) {
      EXPECT_TRUE(at::equal(out.irrelevant.indices, Recorded(file, "indices_uncontrol" + suffix)));
      EXPECT_LE(RelativeError(out.irrelevant.encoded, Recorded(file, "encoded_uncontrol" + suffix)),
                kTolerance);
    }
    EXPECT_LE(
        RelativeError(out.prediction.slice(-1, 0, 768, 16), Recorded(file, "prediction" + suffix)),
        kTolerance);
    const at::Tensor loss = LamLoss(out);
    EXPECT_LE(RelativeError(loss, Recorded(file, "loss" + suffix)), kTolerance);
    loss.backward();
  }
  EXPECT_LE(GradientError(SummarizeGradients(&model), Recorded(file, "gradients")), kTolerance);
}

TEST(LatentActionModelTest, Stage1IsUniVlas) {
  ExpectAsRecorded(1);
}

TEST(LatentActionModelTest, Stage2IsUniVlas) {
  ExpectAsRecorded(2);
}

// Rows with shorter instructions than others give what they give alone.
TEST(LatentActionModelTest, RowsOfABatchDoNotAffectEachOther) {
  const c10::NoGradGuard no_grad;
  LatentActionModel model(OneBlock(1), at::kFloat);
  FillByFormula(&model);
  const at::Tensor features = at::cat({Features(model, 0), Features(model, 1)});
  LamText text = {.ids = at::zeros({2, 9}, at::kLong), .mask = at::zeros({2, 9}, at::kLong)};
  for (int row = 0; row < 2; ++row) {
    const at::Tensor ids = Text(1, row).ids[0];
    text.ids[row].narrow(0, 0, ids.size(0)).copy_(ids);
    text.mask[row].narrow(0, 0, ids.size(0)).fill_(1);
  }
  const LamOutput both = model.forward(features, text);
  for (int row = 0; row < 2; ++row) {
    const LamOutput one = model.forward(features.slice(0, row, row + 1), Text(1, row));
    EXPECT_LE(RelativeError(both.prediction[row], one.prediction[0]), kTolerance);
  }
}

TEST(LatentActionModelTest, TextForTheDecoderMayComeFromTheEncoder) {
  const c10::NoGradGuard no_grad;
  LamConfig config = OneBlock(1);
  LatentActionModel model(config, at::kFloat);
  config.decoder_text_from_encoder = true;
  LatentActionModel published(config, at::kFloat);
  FillByFormula(&model);
  FillByFormula(&published);
  const at::Tensor features = Features(model, 0);
  const LamOutput a = model.forward(features, Text(1, 0));
  const LamOutput b = published.forward(features, Text(1, 0));
  EXPECT_TRUE(at::equal(a.action.indices, b.action.indices));
  EXPECT_GT(RelativeError(a.prediction, b.prediction), 0.01);
}

TEST(LatentActionModelTest, TrainsTheTextEncoderOnlyWhereToldTo) {
  for (const bool is_frozen : {true, false}) {
    LamConfig config = OneBlock(1);
    config.text_frozen = is_frozen;
    LatentActionModel model(config, at::kFloat);
    FillByFormula(&model);
    model.SetRequiresGrad(true);
    model.FreezeBackbones();
    LamLoss(model.forward(Features(model, 0), Text(1, 0))).backward();
    for (const NamedTensor& parameter : model.parameters()) {
      const bool is_text = parameter.name.starts_with("text_encoder.");
      const bool is_backbone = parameter.name.starts_with("dino_encoder.");
      EXPECT_EQ(parameter.tensor->grad().defined(), !is_backbone && !(is_text && is_frozen))
          << parameter.name;
    }
  }
}

TEST(LatentActionModelTest, PoolsFeatures) {
  const c10::NoGradGuard no_grad;
  LamConfig config = OneBlock(2);
  LatentActionModel all(config, at::kFloat);
  config.feature_pool = 2;
  LatentActionModel pooled(config, at::kFloat);
  FillByFormula(&all);
  FillByFormula(&pooled);
  EXPECT_EQ(Features(pooled, 0).size(2), 1);
  EXPECT_LE(RelativeError(Features(pooled, 0), Features(all, 0).mean(2, true)), kTolerance);
}

TEST(VectorQuantizerTest, TakesTheNearestCode) {
  VectorQuantizer quantizer(3, 2, at::kFloat);
  quantizer.parameters()[0].tensor->copy_(at::tensor({0.F, 0.F, 1.F, 0.F, 0.F, 2.F}).view({3, 2}));
  const Quantized result =
      quantizer.forward(at::tensor({0.9F, 0.2F, 0.1F, 1.2F, 0.2F, 0.1F}).view({1, 3, 2}));
  EXPECT_TRUE(at::equal(result.indices, at::tensor({1, 2, 0}, at::kLong).view({1, 3})));
  EXPECT_TRUE(at::allclose(result.quantized, result.codes));
}

}  // namespace
}  // namespace libero
