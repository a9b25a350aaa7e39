#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

#include "policy/checkpoint/tensor_store.h"
#include "policy/nn/lora.h"
#include "policy/nn/module.h"

namespace libero {

// A LoRA adapter as PEFT saves it: adapter_config.json and adapter_model.safetensors (or .bin).
// source: huggingface/peft@v0.11.1:src/peft/utils/save_and_load.py
class Adapter {
 public:
  // Throws Error if it is not plain LoRA (DoRA, biases, ranks that differ by layer, …), or if an A
  // has no B or of another rank.
  explicit Adapter(const std::filesystem::path& folder);

  [[nodiscard]] const LoraConfig& config() const { return config_; }
  [[nodiscard]] const std::string& name() const { return store_.name(); }

  // Names of the layers that it changes, e.g. "language_model.lm_head".
  [[nodiscard]] std::vector<std::string> layers() const;

  // The weight of a layer with the adapter merged, in the type of `base`: undefined if the adapter
  // does not change this layer. Throws Error if the shapes do not fit.
  [[nodiscard]] at::Tensor Merge(const std::string& layer, const at::Tensor& base) const;

 private:
  struct Pair {
    const StoredTensor* a = nullptr;
    const StoredTensor* b = nullptr;
    const StoredTensor* base = nullptr;  // PEFT saves the output head's own weight too
  };

  TensorStore store_;
  LoraConfig config_;
  std::map<std::string, Pair> pairs_;
};

// Writes the adapters of a module with AddLora in this layout; `base_name` says what they are for.
void SaveAdapter(Module* module, const LoraConfig& config, const std::string& base_name,
                 const std::filesystem::path& folder);

}  // namespace libero
