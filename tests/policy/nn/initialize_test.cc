#include "policy/nn/initialize.h"

#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "policy/nn/action_decoder.h"
#include "policy/nn/latent_action_model.h"
#include "policy/nn/lora.h"
#include "policy/nn/presets.h"
#include "policy/nn/univla.h"

namespace libero {
namespace {

at::Tensor Find(Module& module, const std::string& name) {
  for (const NamedTensor& parameter : module.parameters()) {
    if (parameter.name == name) return *parameter.tensor;
  }
  return {};
}

double Deviation(const at::Tensor& tensor) {
  return tensor.std().item<double>();
}

TEST(InitializeWeightsTest, DependsOnSeedAndNameAlone) {
  const ActionDecoderConfig config = FindPreset("tiny").action_decoder;
  ActionDecoder a(config, at::kFloat);
  ActionDecoder b(config, at::kFloat);
  InitializeWeights(&a, 1);
  InitializeWeights(&b, 1);
  const std::string name = "visual_pool.projection.weight";
  EXPECT_TRUE(at::equal(Find(a, name), Find(b, name)));
  EXPECT_FALSE(at::equal(Find(a, name), Find(a, "latent_action_pool.projection.weight")));
  InitializeWeights(&b, 2);
  EXPECT_FALSE(at::equal(Find(a, name), Find(b, name)));
}

TEST(InitializeWeightsTest, EveryKindHasItsDistribution) {
  const ModelConfig config = FindPreset("tiny");
  UniVla vla(config.vla, at::kFloat);
  InitializeWeights(&vla, 1);
  const std::string layer = "language_model.model.layers.0.";
  EXPECT_NEAR(Deviation(Find(vla, layer + "mlp.down_proj.weight")), 1 / std::sqrt(344), 2e-3);
  EXPECT_NEAR(Deviation(Find(vla, "language_model.model.embed_tokens.weight")), 0.02, 2e-3);
  EXPECT_TRUE(at::equal(Find(vla, layer + "input_layernorm.weight"), at::ones({128})));
  EXPECT_TRUE(at::equal(Find(vla, "projector.fc1.bias"), at::zeros({640})));
  EXPECT_NEAR(Deviation(Find(vla, "vision_backbone.featurizer.pos_embed")), 0.02, 2e-3);

  LatentActionModel lam(config.latent_action_model, at::kFloat);
  InitializeWeights(&lam, 1);
  EXPECT_LE(Find(lam, "vq_action.codebook.weight").abs().max().item<double>(), 1.0 / 16);
  EXPECT_GT(Find(lam, "action_latent").abs().max().item<double>(), 0.9);
  for (const NamedTensor& parameter : lam.parameters()) {
    EXPECT_TRUE(parameter.tensor->isfinite().all().item<bool>()) << parameter.name;
  }
}

TEST(InitializeLoraTest, ChangesNothingAtFirst) {
  ActionDecoder model(FindPreset("tiny").action_decoder, at::kFloat);
  InitializeWeights(&model, 1);
  const at::Tensor latent = at::ones({1, 4, 128});
  const at::Tensor visual = at::ones({1, 64, 128});
  const at::Tensor before = model.forward(latent, visual, {});
  constexpr LoraConfig kLora = {.rank = 8, .alpha = 8};
  EXPECT_EQ(AddLora(&model, kLora), 13);
  InitializeLora(&model, kLora, 1);
  EXPECT_TRUE(at::equal(model.forward(latent, visual, {}), before));
  EXPECT_NEAR(Deviation(Find(model, "visual_pool.projection.lora_A.weight")), 1.0 / 8, 0.02);
}

}  // namespace
}  // namespace libero
