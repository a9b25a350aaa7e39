#include "policy/checkpoint/model_folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/nn/action_decoder.h"
#include "policy/nn/latent_action_model.h"
#include "policy/nn/univla.h"
#include "sim/base/check.h"
#include "sim/base/text_file.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = ".safetensors";
constexpr const char* kIndex = ".safetensors.index.json";

// Files of published folders that hold a part: names that begin and end so.
struct PublishedName {
  std::string_view begin, end;
  ModelPart part;
};
constexpr PublishedName kPublished[] = {{"action_decoder", ".pt", ModelPart::kActionDecoder},
                                        {"", ".ckpt", ModelPart::kLatentActionModel}};

std::vector<PartFile> FindInFolder(const fs::path& folder) {
  std::vector<PartFile> parts;
  for (const ModelPart part :
       {ModelPart::kVla, ModelPart::kLatentActionModel, ModelPart::kActionDecoder}) {
    for (const char* ending : {kFile, kIndex}) {
      const fs::path path = folder / (FileStem(part) + ending);
      if (fs::exists(path)) parts.push_back({part, path});
    }
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    for (const PublishedName& published : kPublished) {
      if (name.starts_with(published.begin) && name.ends_with(published.end)) {
        parts.push_back({published.part, entry.path()});
      }
    }
  }
  if (fs::exists(folder / "adapter_config.json")) parts.push_back({ModelPart::kAdapter, folder});
  return parts;
}

}  // namespace

std::string FileStem(ModelPart part) {
  switch (part) {
    case ModelPart::kVla:
      return "model";
    case ModelPart::kLatentActionModel:
      return "latent_action_model";
    case ModelPart::kActionDecoder:
      return "action_decoder";
    case ModelPart::kAdapter:
      return "adapter_model";
  }
  LIBERO_CHECK(false);
}

std::vector<PartFile> FindParts(const fs::path& path) {
  if (!fs::exists(path)) throw Error(fmt::format("{} does not exist", path.string()));
  if (!fs::is_directory(path)) {
    const ModelPart part = DetectPart(TensorStore(path));
    return {{part, part == ModelPart::kAdapter ? path.parent_path() : path}};
  }
  std::vector<PartFile> parts = FindInFolder(path);
  if (parts.empty()) {
    throw Error(fmt::format("{}: no part of a model in it", path.string()),
                "expected model.safetensors or its index, latent_action_model.safetensors, "
                "action_decoder.safetensors, action_decoder*.pt, *.ckpt or adapter_config.json");
  }
  std::ranges::sort(parts, {},
                    [](const PartFile& file) { return std::pair(file.part, file.path); });
  const auto twice = std::ranges::adjacent_find(parts, {}, &PartFile::part);
  if (twice != parts.end()) {
    throw Error(
        fmt::format("{}: two files of the {}: {} and {}", path.string(), PartName(twice->part),
                    twice->path.filename().string(), std::next(twice)->path.filename().string()),
        "name the file instead of the folder, or move one away");
  }
  return parts;
}

std::unique_ptr<Module> MakeNetwork(ModelPart part, const ModelConfig& config,
                                    const at::TensorOptions& options) {
  switch (part) {
    case ModelPart::kVla:
      return std::make_unique<UniVla>(config.vla, options);
    case ModelPart::kLatentActionModel:
      return std::make_unique<LatentActionModel>(config.latent_action_model, options);
    case ModelPart::kActionDecoder:
      return std::make_unique<ActionDecoder>(config.action_decoder, options);
    case ModelPart::kAdapter:
      break;
  }
  LIBERO_CHECK(false);
}

bool IsUnused(ModelPart part, const ModelConfig& config, std::string_view name) {
  if (part == ModelPart::kLatentActionModel) return name == "dino_encoder.mask_token";
  if (part != ModelPart::kVla) return false;
  const auto is_of = [&](const char* tower, const VitConfig& sizes) {
    const std::string prefix = fmt::format("vision_backbone.{}.", tower);
    return name.starts_with(fmt::format("{}blocks.{}.", prefix, sizes.depth - 1)) ||
           name.starts_with(prefix + "norm.") || name.starts_with(prefix + "attn_pool.");
  };
  return is_of("featurizer", config.vla.featurizer) ||
         is_of("fused_featurizer", config.vla.fused_featurizer);
}

void AdoptSizes(ModelPart part, const TensorStore& store, ModelConfig* config) {
  if (part == ModelPart::kLatentActionModel) {
    config->latent_action_model.stage = 1;
    for (const StoredTensor& tensor : store.tensors()) {
      if (CanonicalName(part, tensor.name).name == "vq_action.codebook.weight") {
        config->latent_action_model.stage = 2;
      }
    }
  } else if (part == ModelPart::kActionDecoder) {
    ActionDecoderConfig& decoder = config->action_decoder;
    decoder.proprio_dim = 0;
    decoder.sees_picture = false;
    for (const StoredTensor& tensor : store.tensors()) {
      const std::string name = CanonicalName(part, tensor.name).name;
      const int64_t size = tensor.num_elements();
      if (name == "proj.0.bias" && size > 0 && size % decoder.action_dim == 0) {
        decoder.chunk_size = size / decoder.action_dim;
      } else if (name == "proprio_proj.0.weight") {
        decoder.proprio_dim = size / decoder.dim;
      } else if (name == "visual_pool.latents") {
        decoder.sees_picture = true;
      }
    }
  }
}

std::vector<std::string> StatisticsKeys(const fs::path& folder) {
  nlohmann::json statistics;
  if (fs::exists(folder / "dataset_statistics.json")) {
    statistics = ReadJsonFile(folder / "dataset_statistics.json");
  } else if (fs::exists(folder / "config.json")) {
    const nlohmann::json config = ReadJsonFile(folder / "config.json");
    if (config.is_object() && config.contains("norm_stats")) statistics = config["norm_stats"];
  }
  std::vector<std::string> keys;
  if (!statistics.is_object()) return keys;
  for (const auto& [key, value] : statistics.items()) keys.push_back(key);
  return keys;
}

}  // namespace libero
