#include "policy/nn/univla.h"

#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "policy/nn/action_decoder.h"
#include "policy/nn/device.h"
#include "policy/nn/lora.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/policy/nn/recorded.h"
#include "tests/policy/nn/small_vla.h"

// The VLA beside its parts from timm and transformers, and the decoder beside UniVLA's own.
namespace libero {
namespace {

class UniVlaTest : public testing::Test {
 protected:
  UniVlaTest() : model_(SmallVla(), at::kFloat) { FillByFormula(&model_); }

  UniVla model_;
  const at::Tensor pixels_ = FormulaTensor("pixels", {2, 6, 56, 56});
  const at::Tensor ids_ = FormulaIds("tokens", {2, 9}, 128);

  // An answer with a cache that is larger than needed and has been used.
  VlaAnswer Answer(const at::Tensor& pixels, const at::Tensor& ids,
                   const std::vector<int64_t>& lengths) const {
    KvCache cache = model_.MakeCache(ids.size(0), ids.size(1) + 5);
    for (at::Tensor& keys : cache.keys) keys.fill_(7);
    return model_.Answer(pixels, ids, at::tensor(lengths, at::kLong), ChooseGreedily, &cache);
  }
};

TEST_F(UniVlaTest, LogitsLossAndGradientsAreTheReferences) {
  model_.SetRequiresGrad(true);
  const at::Tensor hidden = model_.forward(pixels_, ids_);
  EXPECT_LE(RelativeError(hidden, Recorded("vla", "hidden")), kTolerance);
  const at::Tensor logits = model_.Logits(hidden);
  EXPECT_LE(RelativeError(logits.slice(-1, 0, 128, 4), Recorded("vla", "logits")), kTolerance);

  // of tokens 1 … 8, each predicted from what is before: the first from the last patch
  const at::Tensor loss =
      at::cross_entropy_loss(logits.slice(1, 16, 24).flatten(0, 1), ids_.slice(1, 1).flatten());
  EXPECT_LE(RelativeError(loss, Recorded("vla", "loss")), kTolerance);
  loss.backward();
  EXPECT_LE(GradientError(SummarizeGradients(&model_), Recorded("vla", "gradients")), kTolerance);
}

// Rows of 9 and 6 tokens at once and with a cache, against one by one and without.
TEST_F(UniVlaTest, AnswersAreTheReferencesWhateverElseIsInTheBatch) {
  at::Tensor padded = ids_.clone();
  padded[1].slice(0, 6).fill_(SmallVla().pad_id);
  const VlaAnswer both = Answer(pixels_, padded, {9, 6});
  EXPECT_TRUE(at::equal(both.tokens[0], Recorded("vla", "answer.0")));
  EXPECT_TRUE(at::equal(both.tokens[1], Recorded("vla", "answer.1")));

  const VlaAnswer one = Answer(pixels_.slice(0, 1), ids_.slice(0, 1).slice(1, 0, 6), {6});
  EXPECT_TRUE(at::equal(one.tokens[0], both.tokens[1]));
  EXPECT_LE(RelativeError(one.latent[0], both.latent[1]), kTolerance);
  EXPECT_LE(RelativeError(one.prompt[0], both.prompt[1].slice(0, 0, 22)), kTolerance);
}

// The states that tokens are chosen from are those of a pass over prompt and answer.
TEST_F(UniVlaTest, LatentStatesAreThoseOfTheWholeSequence) {
  const VlaAnswer answer = Answer(pixels_.slice(0, 0, 1), ids_.slice(0, 0, 1), {9});
  const at::Tensor sequence = at::cat({ids_.slice(0, 0, 1), answer.tokens + 97}, 1);
  const c10::NoGradGuard no_grad;
  const at::Tensor hidden = model_.forward(pixels_.slice(0, 0, 1), sequence);
  EXPECT_LE(RelativeError(answer.latent, hidden.slice(1, 24, 28)), kTolerance);
}

// As on a GPU: nothing on the way insists on float32.
TEST_F(UniVlaTest, RunsInBFloat16) {
  const c10::NoGradGuard no_grad;
  const at::Tensor exact = model_.forward(pixels_, ids_);
  model_.To(at::kCPU, at::kBFloat16);
  const VlaAnswer answer = Answer(pixels_, ids_, {9, 6});
  EXPECT_EQ(answer.prompt.scalar_type(), at::kBFloat16);
  EXPECT_EQ(answer.latent.scalar_type(), at::kBFloat16);
  constexpr double kBFloat16Error = 0.05;  // of 8 bits, through 2 + 2 blocks and 2 layers
  EXPECT_LE(RelativeError(answer.prompt.to(at::kFloat), exact), kBFloat16Error);
}

TEST_F(UniVlaTest, AnswersOnAGpuAsOnTheCpu) {
  const at::Device device = ChooseDevice("auto");
  if (!device.is_cuda()) GTEST_SKIP() << WhyNoCuda();
  const VlaAnswer expected = Answer(pixels_, ids_, {9, 6});
  model_.To(device, at::kFloat);
  KvCache cache = model_.MakeCache(2, 9);
  const VlaAnswer answer =
      model_.Answer(pixels_.to(device), ids_.to(device), at::tensor({9, 6}, at::kLong).to(device),
                    ChooseGreedily, &cache);
  EXPECT_TRUE(at::equal(answer.tokens.cpu(), expected.tokens));
  constexpr double kDeviceError = 1e-4;  // other sums, other exponentials
  EXPECT_LE(RelativeError(answer.latent.cpu(), expected.latent), kDeviceError);
}

TEST_F(UniVlaTest, AdaptersAreMergedWeights) {
  const c10::NoGradGuard no_grad;
  UniVla merged(SmallVla(), at::kFloat);
  FillByFormula(&merged);
  constexpr LoraConfig kLora = {.rank = 2, .alpha = 1};
  AddLora(&model_, kLora);
  FillByFormula(&model_);
  std::map<std::string, at::Tensor> adapted;
  for (const NamedTensor& parameter : model_.parameters())
    adapted[parameter.name] = *parameter.tensor;
  int num_merged = 0;
  for (const NamedTensor& parameter : merged.parameters()) {
    const std::string layer = parameter.name.substr(0, parameter.name.rfind('.'));
    if (!parameter.name.ends_with(".weight") || !adapted.contains(layer + ".lora_A.weight"))
      continue;
    parameter.tensor->copy_(MergedWeight(*parameter.tensor, adapted[layer + ".lora_A.weight"],
                                         adapted[layer + ".lora_B.weight"], kLora.scale()));
    ++num_merged;
  }
  EXPECT_EQ(num_merged, 2 * 7 + 1 + 3 * 4 + 3 * 4 + 5 + 3 + 2);
  const at::Tensor hidden = model_.forward(pixels_, ids_);
  const at::Tensor merged_hidden = merged.forward(pixels_, ids_);
  EXPECT_LE(RelativeError(hidden, merged_hidden), kTolerance);
  EXPECT_LE(RelativeError(model_.ActionLogits(hidden), merged.ActionLogits(merged_hidden)),
            kTolerance);
}

TEST(ActionDecoderTest, MotionsAndGradientsAreUniVlas) {
  for (const auto& [name, config] :
       {std::pair{"small", ActionDecoderConfig{.input_dim = 40, .dim = 24, .heads = 3}},
        {"wide", ActionDecoderConfig{}}}) {
    ActionDecoder model(config, at::kFloat);
    FillByFormula(&model);
    model.SetRequiresGrad(true);
    const at::Tensor actions =
        model.forward(FormulaTensor("latent", {2, 4, config.input_dim}),
                      FormulaTensor("visual", {2, 16, config.input_dim}), {});
    EXPECT_LE(RelativeError(actions, Recorded("action_decoder", name)), kTolerance) << name;
    (actions - FormulaTensor("target", {2, 12, 7})).abs().mean().backward();
    EXPECT_LE(GradientError(SummarizeGradients(&model),
                            Recorded("action_decoder", std::string(name) + ".gradients")),
              kTolerance)
        << name;
  }
}

}  // namespace
}  // namespace libero
