#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <c10/core/TensorOptions.h>

#include "policy/checkpoint/tensor_names.h"
#include "policy/nn/config.h"
#include "policy/nn/module.h"

namespace libero {

// A part of a model and the file or index that has its tensors.
struct PartFile {
  ModelPart part = ModelPart::kVla;
  std::filesystem::path path;
};

// The parts in a file or a folder, ours or a published one: model.safetensors (or its index),
// latent_action_model.safetensors, action_decoder.safetensors or one action_decoder*.pt, one
// *.ckpt, adapter_config.json. Throws Error if there is none, or several of a kind.
[[nodiscard]] std::vector<PartFile> FindParts(const std::filesystem::path& path);

// The name of a part's files in our folders, without ".safetensors": "model",
// "latent_action_model" or "action_decoder".
[[nodiscard]] std::string FileStem(ModelPart part);

// The network of a part, with values unset.
[[nodiscard]] std::unique_ptr<Module> MakeNetwork(ModelPart part, const ModelConfig& config,
                                                  const at::TensorOptions& options);

// Whether a network has this parameter and does not compute with it, as published files have some:
// the towers' last blocks, their norms and pooling head, the backbone's token for masked patches.
[[nodiscard]] bool IsUnused(ModelPart part, const ModelConfig& config, std::string_view name);

// What the tensors themselves say about sizes: the stage of a latent action model, the length of a
// decoder's chunks.
void AdoptSizes(ModelPart part, const TensorStore& store, ModelConfig* config);

// Names of the data sets that a folder has action statistics of: dataset_statistics.json, or
// "norm_stats" in config.json. Throws Error if a file is damaged.
[[nodiscard]] std::vector<std::string> StatisticsKeys(const std::filesystem::path& folder);

}  // namespace libero
