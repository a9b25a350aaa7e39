#include "policy/nn/initialize.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <c10/core/GradMode.h>

#include "sim/base/counter_random.h"

namespace libero {
namespace {

// The generator of a name's stream, on the tensor's device.
at::Generator MakeGenerator(const at::Tensor& tensor, const std::string& name, uint64_t seed) {
  CounterRandom random(fmt::format("weights/{}/{}", seed, name));
  const uint64_t high = random.Bits();
  at::Generator generator = at::globalContext().defaultGenerator(tensor.device()).clone();
  generator.set_current_seed(high << 32 | random.Bits());
  return generator;
}

bool HasAny(std::string_view name, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

bool IsScale(std::string_view name) {
  return name.ends_with("gamma") || name.ends_with("scale_factor") || name.ends_with(".g") ||
         name.ends_with(".weight");
}

void Initialize(const NamedTensor& parameter, uint64_t seed) {
  constexpr double kSmall = 0.02;
  const std::string& name = parameter.name;
  at::Tensor& tensor = *parameter.tensor;
  if (tensor.dim() == 1) {
    tensor.fill_(IsScale(name) ? 1 : 0);
  } else if (HasAny(name, {"codebook.weight"})) {
    FillUniform(&tensor, 1 / static_cast<double>(tensor.size(0)), name, seed);
  } else if (HasAny(name, {"action_latent_controllable"}) || name == "action_latent") {
    FillUniform(&tensor, 1, name, seed);
  } else if (HasAny(name, {"embed_tokens.", "shared.", "relative_attention_bias."}) ||
             !name.ends_with("weight")) {  // positions, tokens, seeds
    FillNormal(&tensor, kSmall, name, seed);
  } else {
    const int64_t inputs = tensor.numel() / tensor.size(0);
    FillNormal(&tensor, 1 / std::sqrt(static_cast<double>(inputs)), name, seed);
  }
}

}  // namespace

void FillNormal(at::Tensor* tensor, double deviation, const std::string& name, uint64_t seed) {
  const c10::NoGradGuard no_grad;
  tensor->normal_(0, deviation, MakeGenerator(*tensor, name, seed));
}

void FillUniform(at::Tensor* tensor, double limit, const std::string& name, uint64_t seed) {
  const c10::NoGradGuard no_grad;
  tensor->uniform_(-limit, limit, MakeGenerator(*tensor, name, seed));
}

void InitializeWeights(Module* module, uint64_t seed) {
  const c10::NoGradGuard no_grad;
  for (const NamedTensor& parameter : module->parameters()) Initialize(parameter, seed);
}

}  // namespace libero
