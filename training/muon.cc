#include "training/muon.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "sim/base/check.h"

namespace libero {
namespace {

// Matrices that lie above one another in the weight of a layer.
int64_t NumMatrices(std::string_view name) {
  if (name.ends_with("qkv.weight")) return 3;
  if (name.ends_with("kv.weight") || name.ends_with("project.weight")) return 2;
  return 1;
}

}  // namespace

bool Muon::Takes(const NamedTensor& parameter) {
  constexpr std::array<std::string_view, 9> kOthers = {
      "embed_tokens.", "shared.", "relative_attention_bias.", "codebook.", "lm_head.",
      "_head.out.",    "lora_",   "action_decoder.proj.0.",   "mask_token"};
  const std::string_view name = parameter.name;
  return parameter.tensor->dim() == 2 && name.ends_with("weight") &&
         std::ranges::none_of(kOthers, [&](std::string_view other) {
           return name.find(other) != std::string_view::npos;
         });
}

Muon::Muon(std::vector<NamedTensor> parameters, double weight_decay)
    : parameters_(std::move(parameters)), weight_decay_(weight_decay) {
  for (const NamedTensor& parameter : parameters_) {
    LIBERO_CHECK(parameter.tensor->requires_grad() && Takes(parameter));
    momenta_.push_back(
        at::zeros_like(*parameter.tensor, parameter.tensor->options().requires_grad(false)));
  }
}

void Muon::Step(double learning_rate, const ForEach& for_each) {
  constexpr double kMomentum = 0.95;
  for_each(parameters_.size(), [&](size_t i) {
    const c10::NoGradGuard no_grad;
    at::Tensor& weight = *parameters_[i].tensor;
    if (!weight.grad().defined()) return;
    const at::Tensor gradient = std::exchange(weight.mutable_grad(), {});
    momenta_[i].lerp_(gradient, 1 - kMomentum);
    const at::Tensor update = gradient.lerp(momenta_[i], kMomentum);
    const int64_t count = NumMatrices(parameters_[i].name);
    const std::vector<at::Tensor> updates = update.chunk(count, 0);
    std::vector<at::Tensor> weights = weight.detach().chunk(count, 0);
    for (size_t k = 0; k < weights.size(); ++k) {
      const double rows = static_cast<double>(weights[k].size(0));
      const double columns = static_cast<double>(weights[k].size(1));
      weights[k].mul_(1 - learning_rate * weight_decay_);
      weights[k].sub_(Orthogonalized(updates[k]),
                      learning_rate * std::sqrt(std::max(1.0, rows / columns)));
    }
  });
}

std::vector<NamedTensor> Muon::state() {
  std::vector<NamedTensor> result;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    result.push_back({parameters_[i].name + ".momentum", &momenta_[i]});
  }
  return result;
}

at::Tensor Orthogonalized(const at::Tensor& matrix) {
  constexpr int kSteps = 5;
  constexpr double kTiny = 1e-7;
  const bool is_tall = matrix.size(0) > matrix.size(1);
  at::Tensor x = is_tall ? matrix.t() : matrix;
  x = x / x.norm().clamp_min(kTiny);
  for (int step = 0; step < kSteps; ++step) {
    const at::Tensor square = x.matmul(x.t());
    const at::Tensor change = at::addmm(square, square, square, /*beta=*/-4.7750, /*alpha=*/2.0315);
    x = at::addmm(x, change, x, /*beta=*/3.4445, /*alpha=*/1);
  }
  return is_tall ? x.t() : x;
}

}  // namespace libero
