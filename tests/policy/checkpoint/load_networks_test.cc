#include "policy/checkpoint/load_networks.h"

#include <fstream>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/checkpoint/load_weights.h"
#include "policy/nn/initialize.h"
#include "policy/nn/presets.h"
#include "sim/base/check.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr uint64_t kLarge = uint64_t{1} << 40;

// What a policy does for two pictures and prompts of different lengths.
at::Tensor Act(const PolicyNetworks& networks) {
  const c10::NoGradGuard no_grad;
  const int64_t size = networks.config.vla.featurizer.image_size;
  const at::Tensor pixels = at::linspace(-1, 1, 2 * 6 * size * size).view({2, 6, size, size});
  const at::Tensor ids = at::arange(3, 43, at::kLong).view({2, 20});
  KvCache cache = networks.vla->MakeCache(2, 20);
  const VlaAnswer answer =
      networks.vla->Answer(pixels, ids, at::tensor({20, 13}, at::kLong), ChooseGreedily, &cache);
  const at::Tensor proprio = at::linspace(-1, 1, 16).view({2, 8});
  return networks.decoder->forward(
      answer.latent, answer.prompt.slice(1, 0, networks.config.vla.num_patches()), proprio);
}

TEST(LoadNetworksTest, APolicyActsAsTheOneThatWasSaved) {
  const TestFolder folder;
  const ModelConfig config = FindPreset("tiny");
  const PolicyNetworks saved = MakePolicyNetworks(config, at::kCPU, 3);
  SaveWeights(saved.vla.get(), folder.path(), "model", at::kFloat, kLarge);
  const auto load = [&] {
    return LoadPolicyNetworks(folder.path(), at::kCPU);
  };
  EXPECT_THAT(load, ThrowsMessage<Error>(HasSubstr("cannot read")));
  std::ofstream(folder / "config.json") << nlohmann::json{{"libero", ToJson(config)}};
  EXPECT_THAT(load, ThrowsMessage<Error>(HasSubstr("no action decoder in it")));
  SaveWeights(saved.decoder.get(), folder.path(), "action_decoder", at::kFloat, kLarge);

  const at::Tensor actions = Act(load());
  EXPECT_EQ(actions.sizes(), at::IntArrayRef({2, config.action_decoder.chunk_size, 7}));
  EXPECT_TRUE(at::equal(actions, Act(saved)));
  EXPECT_LE(actions.abs().max().item<double>(), 1);
}

// Whatever config.json says: the decoder may be trained anew with other inputs.
TEST(LoadNetworksTest, TheDecodersInputsAreThoseOfItsFile) {
  const TestFolder folder;
  const ModelConfig preset = FindPreset("tiny");
  for (const bool is_told : {true, false}) {
    ModelConfig config = preset;
    config.action_decoder.proprio_dim = is_told ? 8 : 0;
    config.action_decoder.sees_picture = !is_told;
    const PolicyNetworks saved = MakePolicyNetworks(config, at::kCPU, 3);
    SaveWeights(saved.vla.get(), folder.path(), "model", at::kFloat, kLarge);
    SaveWeights(saved.decoder.get(), folder.path(), "action_decoder", at::kFloat, kLarge);
    std::ofstream(folder / "config.json") << nlohmann::json{{"libero", ToJson(preset)}};
    const PolicyNetworks loaded = LoadPolicyNetworks(folder.path(), at::kCPU);
    EXPECT_EQ(loaded.decoder->config().proprio_dim, is_told ? 8 : 0);
    EXPECT_EQ(loaded.config.action_decoder.sees_picture, !is_told);
    EXPECT_TRUE(at::equal(Act(loaded), Act(saved)));
  }
}

TEST(LoadNetworksTest, ALatentActionModelLabelsAsTheOneThatWasSaved) {
  const TestFolder folder;
  const ModelConfig config = FindPreset("tiny");
  LatentActionModel saved(config.latent_action_model, at::kFloat);
  InitializeWeights(&saved, 4);
  SaveWeights(&saved, folder.path(), "latent_action_model", at::kFloat, kLarge);
  const std::unique_ptr<LatentActionModel> loaded =
      LoadLatentActionModel(folder.path(), config, at::kCPU);
  const int64_t size = config.latent_action_model.features.image_size;
  const at::Tensor frames = at::linspace(0, 1, 4 * 3 * size * size).view({4, 3, size, size});
  const at::Tensor features = loaded->Features(frames).unflatten(0, {2, 2});
  const at::Tensor labels = loaded->Label(features, {});
  EXPECT_EQ(labels.sizes(), at::IntArrayRef({2, 4}));
  EXPECT_TRUE(at::equal(labels, saved.Label(features, {})));
}

}  // namespace
}  // namespace libero
