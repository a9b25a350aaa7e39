#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "policy/nn/llama.h"
#include "policy/nn/t5_encoder.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/policy/nn/recorded.h"

// Language models beside transformers 4.57.6.
namespace libero {
namespace {

LlamaConfig SmallLlama() {
  return {.vocabulary = 96, .dim = 32, .depth = 2, .heads = 4, .mlp_dim = 86};
}

TEST(LlamaTest, LogitsLossAndGradientsAreTransformers) {
  Llama model(SmallLlama(), at::kFloat);
  FillByFormula(&model);
  model.SetRequiresGrad(true);
  const at::Tensor ids = FormulaIds("tokens", {2, 11}, 96);
  const at::Tensor hidden = model.forward(model.Embed(ids));
  EXPECT_LE(RelativeError(hidden, Recorded("llama", "hidden")), kTolerance);
  const at::Tensor logits = model.Logits(hidden);
  EXPECT_LE(RelativeError(logits, Recorded("llama", "logits")), kTolerance);

  const at::Tensor loss =
      at::cross_entropy_loss(logits.slice(1, 0, 10).flatten(0, 1), ids.slice(1, 1).flatten());
  EXPECT_LE(RelativeError(loss, Recorded("llama", "loss")), kTolerance);
  loss.backward();
  EXPECT_LE(GradientError(SummarizeGradients(&model), Recorded("llama", "gradients")), kTolerance);
}

TEST(LlamaTest, ALayerOfThePublishedWidthIsTransformers) {
  const c10::NoGradGuard no_grad;
  Llama model({.vocabulary = 64, .dim = 4096, .depth = 1, .heads = 32, .mlp_dim = 11008},
              at::kFloat);
  FillByFormula(&model);
  const at::Tensor hidden = model.forward(model.Embed(FormulaIds("tokens", {2, 7}, 64)));
  EXPECT_LE(RelativeError(hidden.slice(-1, 0, 4096, 32), Recorded("llama", "wide")), kTolerance);
  EXPECT_LE(RelativeError(model.Logits(hidden), Recorded("llama", "wide_logits")), kTolerance);
}

// Tokens given one after another to rows of different lengths, in a cache that is larger than
// needed, against all at once.
TEST(LlamaTest, StepsWithACacheEqualAPassOverAll) {
  const c10::NoGradGuard no_grad;
  Llama model(SmallLlama(), at::kFloat);
  FillByFormula(&model);
  const at::Tensor ids = FormulaIds("tokens", {2, 11}, 96);
  const at::Tensor whole = model.forward(model.Embed(ids));

  const std::vector<int64_t> lengths = {7, 4};
  KvCache cache(model.config(), 2, 13, at::kFloat);
  at::Tensor prompt = ids.slice(1, 0, 7).clone();
  prompt[1].slice(0, 4).fill_(95);  // padding
  const at::Tensor prefix =
      model.Prefill(model.Embed(prompt), at::tensor(lengths, at::kLong), &cache);
  for (int64_t row = 0; row < 2; ++row) {
    const int64_t length = lengths[static_cast<size_t>(row)];
    EXPECT_LE(RelativeError(prefix[row].slice(0, 0, length), whole[row].slice(0, 0, length)),
              kTolerance);
  }
  for (int64_t step = 0; step < 4; ++step) {
    const at::Tensor next = at::stack({ids[0][7 + step], ids[1][4 + step]}).unsqueeze(1);
    const at::Tensor hidden = model.Step(model.Embed(next), &cache);
    EXPECT_LE(RelativeError(hidden[0][0], whole[0][7 + step]), kTolerance) << step;
    EXPECT_LE(RelativeError(hidden[1][0], whole[1][4 + step]), kTolerance) << step;
  }
  EXPECT_TRUE(at::equal(cache.lengths, at::tensor({11, 8}, at::kLong)));
}

TEST(LlamaTest, ComputesOnlyTheLogitsAskedFor) {
  const c10::NoGradGuard no_grad;
  Llama model(SmallLlama(), at::kFloat);
  FillByFormula(&model);
  const at::Tensor hidden = FormulaTensor("hidden", {3, 32});
  EXPECT_LE(RelativeError(model.Logits(hidden, 17, 16), model.Logits(hidden).narrow(1, 17, 16)),
            kTolerance);
}

TEST(T5EncoderTest, HiddenStatesAreTransformers) {
  const c10::NoGradGuard no_grad;
  const auto run = [](const T5Config& config, int64_t step) {
    T5Encoder model(config, at::kFloat);
    FillByFormula(&model);
    at::Tensor mask = at::ones({2, 150}, at::kLong);
    mask[1].slice(0, 40).zero_();
    const at::Tensor hidden = model.forward(FormulaIds("tokens", {2, 150}, 64), mask);
    return (hidden * mask.unsqueeze(-1)).slice(1, 0, 150, 7).slice(2, 0, config.dim, step);
  };
  EXPECT_LE(
      RelativeError(
          run({.vocabulary = 64, .dim = 24, .depth = 2, .heads = 3, .head_dim = 8, .mlp_dim = 96},
              1),
          Recorded("t5", "small")),
      kTolerance);
  EXPECT_LE(RelativeError(run({.vocabulary = 64, .depth = 1}, 16), Recorded("t5", "wide")),
            kTolerance);
}

}  // namespace
}  // namespace libero
