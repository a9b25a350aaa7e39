#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "policy/nn/vit.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/policy/nn/recorded.h"

// Towers beside timm 1.0.24 and transformers 4.57.6.
namespace libero {
namespace {

VitConfig Dino(int64_t image_size, int64_t dim, int64_t depth, int64_t heads, int64_t mlp_dim) {
  return {.image_size = image_size,
          .patch_size = 14,
          .dim = dim,
          .depth = depth,
          .heads = heads,
          .mlp_dim = mlp_dim};
}

VitConfig SigLip(int64_t image_size, int64_t dim, int64_t depth, int64_t heads, int64_t mlp_dim) {
  VitConfig config = Dino(image_size, dim, depth, heads, mlp_dim);
  config.has_class_token = false;
  config.num_registers = 0;
  config.has_layer_scale = false;
  config.has_attention_pool = true;
  return config;
}

// Compares both outputs, of which every `step`-th channel is recorded.
void ExpectAsRecorded(const std::string& name, const VitConfig& config, int64_t step) {
  Vit model(config, at::kFloat);
  FillByFormula(&model, name + ".");
  const at::Tensor pixels = FormulaTensor("pixels", {2, 3, config.image_size, config.image_size});
  const auto every = [&](const at::Tensor& x) {
    return x.slice(-1, 0, x.size(-1), step);
  };
  EXPECT_LE(RelativeError(every(model.forward(pixels)), Recorded("vit", name)), kTolerance);
  EXPECT_LE(RelativeError(every(model.Intermediate(pixels, config.depth - 1)),
                          Recorded("vit", name + ".intermediate")),
            kTolerance);
}

TEST(VitTest, DinoV2WithRegistersIsTimms) {
  ExpectAsRecorded("dino", Dino(56, 24, 3, 3, 96), 1);
}

TEST(VitTest, SigLipIsTimms) {
  ExpectAsRecorded("siglip", SigLip(56, 24, 3, 3, 90), 1);
}

TEST(VitTest, PublishedWidthsAreTimms) {
  ExpectAsRecorded("dino_wide", Dino(28, 1024, 2, 16, 4096), 16);
  ExpectAsRecorded("siglip_wide", SigLip(28, 1152, 2, 16, 4304), 16);
}

TEST(VitTest, ResizesThePositionsOfDinoV2sOwnFiles) {
  VitConfig config = Dino(42, 24, 2, 3, 96);
  config.position_grid = 5;
  config.names = VitNames::kHub;
  Vit small(config, at::kFloat);
  FillByFormula(&small, "small.");
  EXPECT_LE(RelativeError(small.forward(FormulaTensor("pixels", {2, 3, 42, 42})),
                          Recorded("vit_hub", "small")),
            kTolerance);

  config = Dino(28, 768, 1, 12, 3072);
  config.position_grid = 37;
  config.names = VitNames::kHub;
  Vit wide(config, at::kFloat);
  FillByFormula(&wide, "wide.");
  const at::Tensor tokens = wide.forward(FormulaTensor("pixels", {2, 3, 28, 28}));
  EXPECT_LE(RelativeError(tokens.slice(-1, 0, 768, 16), Recorded("vit_hub", "wide")), kTolerance);
}

}  // namespace
}  // namespace libero
