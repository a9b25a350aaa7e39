#include "policy/checkpoint/adapter.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "policy/checkpoint/load_weights.h"
#include "policy/checkpoint/tensor_names.h"
#include "policy/nn/layers.h"
#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/pickle_value.h"
#include "sim/base/text_file.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

fs::path FindWeights(const fs::path& folder) {
  for (const char* name : {"adapter_model.safetensors", "adapter_model.bin"}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  throw Error(fmt::format("{}: expected adapter_model.safetensors or adapter_model.bin in it",
                          folder.string()));
}

// Throws Error if the value under `key` is there and is not null, false, 0, empty or `allowed`.
void Require(const Json& json, const char* key, std::string_view allowed, const std::string& path) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null() || *found == false || *found == allowed) return;
  if ((found->is_structured() && found->empty()) || *found == 0) return;
  throw Error(
      fmt::format("{}: {} is {}, which is not known", path, key, PrintableText(found->dump())),
      "plain LoRA of one rank is read");
}

LoraConfig ReadAdapterConfig(const fs::path& path) {
  const Json json = ReadJsonFile(path);
  if (!json.is_object()) throw Error(fmt::format("{}: expected an object", path.string()));
  Require(json, "peft_type", "LORA", path.string());
  Require(json, "bias", "none", path.string());
  for (const char* key : {"use_dora", "rank_pattern", "alpha_pattern", "fan_in_fan_out",
                          "layer_replication", "modules_to_save", "use_qalora", "lora_bias"}) {
    Require(json, key, "", path.string());
  }
  const auto rank = json.find("r");
  const auto alpha = json.find("lora_alpha");
  if (rank == json.end() || !rank->is_number_integer() || alpha == json.end() ||
      !alpha->is_number() || rank->get<int64_t>() <= 0) {
    throw Error(fmt::format("{}: expected numbers r and lora_alpha", path.string()));
  }
  LoraConfig config{.rank = rank->get<int64_t>(), .alpha = alpha->get<double>()};
  const auto rank_stabilized = json.find("use_rslora");
  if (rank_stabilized != json.end() && *rank_stabilized == true) {
    config.alpha *= std::sqrt(static_cast<double>(config.rank));
  }
  return config;
}

constexpr std::string_view kA = ".lora_A.weight";
constexpr std::string_view kB = ".lora_B.weight";
constexpr std::string_view kBase = ".base_layer.weight";

}  // namespace

Adapter::Adapter(const fs::path& folder)
    : store_(FindWeights(folder)), config_(ReadAdapterConfig(folder / "adapter_config.json")) {
  for (const StoredTensor& tensor : store_.tensors()) {
    const std::string name = CanonicalName(ModelPart::kAdapter, tensor.name).name;
    const auto layer = [&](std::string_view ending) {
      return name.substr(0, name.size() - ending.size());
    };
    if (name.ends_with(kA)) {
      pairs_[layer(kA)].a = &tensor;
    } else if (name.ends_with(kB)) {
      pairs_[layer(kB)].b = &tensor;
    } else if (name.ends_with(kBase)) {
      pairs_[layer(kBase)].base = &tensor;
    } else {
      throw Error(
          fmt::format("{}: unknown tensor '{}'", store_.name(), PrintableText(tensor.name)));
    }
  }
  for (const auto& [layer, pair] : pairs_) {
    if (pair.a == nullptr || pair.b == nullptr) {
      throw Error(fmt::format("{}: the layer '{}' has no lora_{}", store_.name(),
                              PrintableText(layer), pair.a == nullptr ? 'A' : 'B'));
    }
    const std::vector<int64_t>& a = pair.a->shape;
    const std::vector<int64_t>& b = pair.b->shape;
    if (a.size() < 2 || b.size() != a.size() || a[0] != config_.rank || b[1] != config_.rank) {
      throw Error(fmt::format("{}: the layer '{}': expected A and B of rank {}, got {} and {}",
                              store_.name(), PrintableText(layer), config_.rank, ShapeName(a),
                              ShapeName(b)));
    }
  }
}

std::vector<std::string> Adapter::layers() const {
  std::vector<std::string> result;
  for (const auto& [layer, pair] : pairs_) result.push_back(layer);
  return result;
}

at::Tensor Adapter::Merge(const std::string& layer, const at::Tensor& base) const {
  const auto found = pairs_.find(layer);
  if (found == pairs_.end()) return {};
  const Pair& pair = found->second;
  at::Tensor weight = base;
  if (pair.base != nullptr) {
    if (at::IntArrayRef(pair.base->shape) != base.sizes()) {
      throw Error(fmt::format("{}: the layer '{}': expected the base {}, got {}", store_.name(),
                              layer, ShapeName(base.sizes()), ShapeName(pair.base->shape)));
    }
    weight = ViewOf(*pair.base).to(base.scalar_type());
  }
  const int64_t outputs = pair.b->shape[0];
  const int64_t inputs = pair.a->num_elements() / config_.rank;
  if (outputs * config_.rank != pair.b->num_elements() || outputs != base.size(0) ||
      outputs * inputs != base.numel()) {
    throw Error(fmt::format("{}: the layer '{}': A {} and B {} do not fit the weight {}",
                            store_.name(), layer, ShapeName(pair.a->shape),
                            ShapeName(pair.b->shape), ShapeName(base.sizes())),
                "is this the base that the adapter was trained on?");
  }
  return MergedWeight(weight, ViewOf(*pair.a), ViewOf(*pair.b), config_.scale());
}

void SaveAdapter(Module* module, const LoraConfig& config, const std::string& base_name,
                 const fs::path& folder) {
  fs::create_directories(folder);
  std::vector<TensorToWrite> tensors;
  for (const NamedTensor& parameter : module->parameters()) {
    if (!parameter.name.ends_with(kA) && !parameter.name.ends_with(kB)) continue;
    tensors.push_back(ToWrite("base_model.model." + parameter.name, *parameter.tensor, at::kFloat));
  }
  WriteSafetensors(folder / "adapter_model.safetensors", std::move(tensors));
  const Json json = {{"peft_type", "LORA"},
                     {"base_model_name_or_path", base_name},
                     {"r", config.rank},
                     {"lora_alpha", config.alpha},
                     {"lora_dropout", 0.0},
                     {"bias", "none"},
                     {"target_modules", "all-linear"},
                     {"inference_mode", true}};
  WriteFileAtomically(folder / "adapter_config.json", {json.dump(2), "\n"}, "is the disk full?");
}

}  // namespace libero
