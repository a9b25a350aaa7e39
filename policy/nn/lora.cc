#include "policy/nn/lora.h"

#include <map>
#include <string>
#include <string_view>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "policy/nn/initialize.h"
#include "policy/nn/layers.h"

namespace libero {

int AddLora(Module* module, const LoraConfig& config) {
  int count = 0;
  module->Visit([&](const std::string&, Module& part) {
    auto* const layer = dynamic_cast<AdaptableLayer*>(&part);
    if (layer == nullptr || layer->has_lora()) return;
    layer->AddLora(config.rank, config.scale());
    ++count;
  });
  return count;
}

void InitializeLora(Module* module, const LoraConfig& config, uint64_t seed) {
  const c10::NoGradGuard no_grad;
  for (const NamedTensor& parameter : module->parameters()) {
    if (parameter.name.ends_with("lora_A.weight")) {
      FillNormal(parameter.tensor, 1 / static_cast<double>(config.rank), parameter.name, seed);
    } else if (parameter.name.ends_with("lora_B.weight")) {
      parameter.tensor->zero_();
    }
  }
}

void MergeLora(Module* module, const LoraConfig& config) {
  const c10::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> tensors;
  for (const NamedTensor& parameter : module->parameters()) {
    tensors[parameter.name] = parameter.tensor->detach();
  }
  constexpr std::string_view kEnd = ".lora_B.weight";
  for (const auto& [name, b] : tensors) {
    if (!name.ends_with(kEnd)) continue;
    const std::string layer = name.substr(0, name.size() - kEnd.size());
    const at::Tensor& weight = tensors.at(layer + ".weight");
    const at::Tensor& a = tensors.at(layer + ".lora_A.weight");
    weight.copy_(MergedWeight(weight, a, b, config.scale()));
    b.zero_();
  }
}

}  // namespace libero
