#include "tests/policy/nn/formula_weights.h"

#include <array>
#include <cmath>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace libero {
namespace {

// FNV-1a
uint64_t HashName(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

// SplitMix64: the word at a place of the stream that begins at `seed`.
uint64_t Word(uint64_t seed, uint64_t place) {
  uint64_t z = seed + (place + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

bool IsScale(std::string_view name) {
  for (const std::string_view word : {"norm", "ffn.0.weight", "ffn.2.weight"}) {
    if (name.find(word) != std::string_view::npos && name.ends_with("weight")) return true;
  }
  return name.ends_with("gamma") || name.ends_with("scale_factor") || name.ends_with("norm.g");
}

}  // namespace

at::Tensor FormulaTensor(std::string_view name, at::IntArrayRef shape) {
  at::Tensor result = at::empty(shape, at::kFloat);
  const uint64_t seed = HashName(name);
  auto* const values = result.mutable_data_ptr<float>();
  for (int64_t i = 0; i < result.numel(); ++i) {
    const auto top = static_cast<int64_t>(Word(seed, static_cast<uint64_t>(i)) >> 40);
    values[i] = static_cast<float>(top - (1 << 23)) / static_cast<float>(1 << 23);
  }
  return result;
}

at::Tensor FormulaIds(std::string_view name, at::IntArrayRef shape, int64_t end) {
  at::Tensor result = at::empty(shape, at::kLong);
  const uint64_t seed = HashName(name);
  auto* const values = result.mutable_data_ptr<int64_t>();
  for (int64_t i = 0; i < result.numel(); ++i) {
    values[i] = static_cast<int64_t>((Word(seed, static_cast<uint64_t>(i)) >> 33) %
                                     static_cast<uint64_t>(end));
  }
  return result;
}

void FillByFormula(Module* module, const std::string& prefix) {
  const c10::NoGradGuard no_grad;
  for (const NamedTensor& parameter : module->parameters()) {
    at::Tensor& tensor = *parameter.tensor;
    const at::Tensor v = FormulaTensor(prefix + parameter.name, tensor.sizes());
    if (tensor.dim() > 1) {
      const int64_t inputs = tensor.numel() / tensor.size(0);
      tensor.copy_(v * static_cast<float>(std::sqrt(3 / static_cast<double>(inputs))));
    } else if (IsScale(parameter.name)) {
      tensor.copy_(v * 0.25 + 1);
    } else {
      tensor.copy_(v * 0.25);
    }
  }
}

}  // namespace libero
