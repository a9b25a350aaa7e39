#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include <c10/core/Device.h>

#include "policy/nn/action_decoder.h"
#include "policy/nn/config.h"
#include "policy/nn/latent_action_model.h"
#include "policy/nn/univla.h"

namespace libero {

// What acting takes.
struct PolicyNetworks {
  ModelConfig config;
  std::unique_ptr<UniVla> vla;             // float32 on a CPU, bfloat16 on a GPU
  std::unique_ptr<ActionDecoder> decoder;  // float32
};

// Loads both from a checkpoint folder, ours or a published one. Values go from the mapped files to
// the device, without a copy of the whole. Throws Error if a part is missing or does not fit.
[[nodiscard]] PolicyNetworks LoadPolicyNetworks(const std::filesystem::path& folder,
                                                at::Device device);

// The same sizes with weights of InitializeWeights, to measure speed or to begin training.
[[nodiscard]] PolicyNetworks MakePolicyNetworks(const ModelConfig& config, at::Device device,
                                                uint64_t seed);

// Loads the latent action model of a folder, or of a file *.ckpt or *.safetensors with the sizes of
// `config`; float32.
[[nodiscard]] std::unique_ptr<LatentActionModel> LoadLatentActionModel(
    const std::filesystem::path& path, ModelConfig config, at::Device device);

}  // namespace libero
