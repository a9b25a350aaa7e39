#include <string>

#include <gtest/gtest.h>

#include "policy/nn/action_decoder.h"
#include "policy/nn/latent_action_model.h"
#include "policy/nn/lora.h"
#include "policy/nn/presets.h"
#include "policy/nn/univla.h"

// The published sizes, on the device "meta": shapes without memory.
namespace libero {
namespace {

at::TensorOptions Meta() {
  return at::TensorOptions(at::kMeta).dtype(at::kFloat);
}

// Values in the parameters whose names start so.
int64_t Count(Module& module, const std::string& prefix) {
  int64_t count = 0;
  for (const NamedTensor& parameter : module.parameters()) {
    if (parameter.name.starts_with(prefix)) count += parameter.tensor->numel();
  }
  return count;
}

TEST(ParameterCountTest, LatentActionModelOfStage1) {
  LamConfig config = FindPreset("univla-7b").latent_action_model;
  config.stage = 1;
  LatentActionModel model(config, Meta());
  EXPECT_EQ(Count(model, "dino_encoder."), 86583552);
  EXPECT_EQ(Count(model, "text_encoder."), 109628544);
  EXPECT_EQ(Count(model, "encoder."), 113959680);
  EXPECT_EQ(Count(model, "decoder."), 86211072);
  EXPECT_EQ(Count(model, "encoder.transformer_blocks.0."), 9447168);
  EXPECT_EQ(Count(model, "decoder.transformer_blocks.0."), 7085568);

  model.SetRequiresGrad(true);
  model.FreezeBackbones();
  int64_t trained = 0;
  for (const NamedTensor& parameter : model.parameters()) {
    if (parameter.tensor->requires_grad()) trained += parameter.tensor->numel();
  }
  EXPECT_EQ(trained, 201554560);
}

TEST(ParameterCountTest, LatentActionModelOfStage2) {
  LatentActionModel model(FindPreset("univla-7b").latent_action_model, Meta());
  EXPECT_EQ(model.num_parameters(), 287750144);
}

TEST(ParameterCountTest, VisionLanguageActionModel) {
  UniVla model(FindPreset("univla-7b").vla, Meta());
  EXPECT_EQ(Count(model, "language_model."), 6738939904);
  EXPECT_EQ(Count(model, "vision_backbone.featurizer."), 303230976);
  EXPECT_EQ(Count(model, "vision_backbone.fused_featurizer."), 427680704);
  EXPECT_EQ(Count(model, "projector."), 71385600);
  EXPECT_EQ(model.num_parameters(), 7541237184);
}

TEST(ParameterCountTest, ActionDecoderAndAdapters) {
  const ModelConfig config = FindPreset("univla-7b");
  ActionDecoder decoder(config.action_decoder, Meta());
  EXPECT_EQ(Count(decoder, "visual_pool."), 6298624);
  EXPECT_EQ(decoder.num_parameters(), 12640340);

  UniVla model(config.vla, Meta());
  const int64_t before = model.num_parameters();
  EXPECT_EQ(AddLora(&model, {.rank = 32, .alpha = 16}), 439);
  const int64_t adapters = model.num_parameters() - before;
  EXPECT_EQ(adapters, 110828288);
  EXPECT_EQ(adapters + decoder.num_parameters(), 123468628);
}

TEST(ParameterCountTest, SmallerPresets) {
  for (const auto& [name, limit] : {std::pair{"tiny", 4'000'000}, {"small", 60'000'000}}) {
    const ModelConfig config = FindPreset(name);
    int64_t count = LatentActionModel(config.latent_action_model, Meta()).num_parameters() +
                    UniVla(config.vla, Meta()).num_parameters() +
                    ActionDecoder(config.action_decoder, Meta()).num_parameters();
    EXPECT_LE(count, limit) << name;
    EXPECT_GE(count, limit / 3) << name;
  }
}

}  // namespace
}  // namespace libero
