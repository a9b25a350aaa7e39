#include "training/optimizer.h"

#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "sim/base/check.h"

namespace libero {

at::Tensor ClipGradients(const std::vector<NamedTensor>& parameters, double max_norm) {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  for (const NamedTensor& parameter : parameters) {
    if (parameter.tensor->grad().defined()) gradients.push_back(parameter.tensor->grad());
  }
  if (gradients.empty()) return at::zeros({});
  const at::Tensor norm = at::stack(at::_foreach_norm(gradients, 2)).norm();
  if (max_norm > 0) {
    constexpr double kTiny = 1e-6;
    at::_foreach_mul_(gradients, (max_norm / (norm + kTiny)).clamp_max(1));
  }
  return norm;
}

AdamW::AdamW(std::vector<NamedTensor> parameters, double weight_decay)
    : parameters_(std::move(parameters)), weight_decay_(weight_decay) {
  for (const NamedTensor& parameter : parameters_) {
    LIBERO_CHECK(parameter.tensor->requires_grad());
    const at::TensorOptions options = parameter.tensor->options().requires_grad(false);
    moments_.push_back({.mean = at::zeros_like(*parameter.tensor, options),
                        .square = at::zeros_like(*parameter.tensor, options),
                        .step = at::zeros({}, options.dtype(at::kFloat))});
  }
}

void AdamW::Step(double learning_rate) {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> weights;
  std::vector<at::Tensor> gradients;
  std::vector<at::Tensor> means;
  std::vector<at::Tensor> squares;
  std::vector<at::Tensor> steps;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor& gradient = parameters_[i].tensor->mutable_grad();
    if (!gradient.defined()) continue;
    weights.push_back(*parameters_[i].tensor);
    gradients.push_back(std::exchange(gradient, {}));
    means.push_back(moments_[i].mean);
    squares.push_back(moments_[i].square);
    steps.push_back(moments_[i].step);
  }
  if (weights.empty()) return;
  at::_foreach_add_(steps, 1);
  constexpr double kBeta1 = 0.9;
  constexpr double kBeta2 = 0.999;
  constexpr double kEps = 1e-8;
  at::_fused_adamw_(weights, gradients, means, squares, /*max_exp_avg_sqs=*/{}, steps,
                    learning_rate, kBeta1, kBeta2, weight_decay_, kEps, /*amsgrad=*/false,
                    /*maximize=*/false);
}

std::vector<NamedTensor> AdamW::state() {
  std::vector<NamedTensor> result;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    result.push_back({parameters_[i].name + ".exp_avg", &moments_[i].mean});
    result.push_back({parameters_[i].name + ".exp_avg_sq", &moments_[i].square});
    result.push_back({parameters_[i].name + ".step", &moments_[i].step});
  }
  return result;
}

WeightAverage::WeightAverage(std::vector<NamedTensor> parameters, double decay)
    : parameters_(std::move(parameters)), decay_(decay) {
  for (const NamedTensor& parameter : parameters_) {
    means_.push_back(parameter.tensor->detach().clone());
  }
}

void WeightAverage::Update() {
  const c10::NoGradGuard no_grad;
  for (size_t i = 0; i < means_.size(); ++i) {
    means_[i].lerp_(parameters_[i].tensor->detach(), 1 - decay_);
  }
}

void WeightAverage::Swap() {
  const c10::NoGradGuard no_grad;
  for (size_t i = 0; i < means_.size(); ++i) {
    const at::Tensor weights = parameters_[i].tensor->detach();
    const at::Tensor mean = means_[i].clone();
    means_[i].copy_(weights);
    weights.copy_(mean);
  }
}

std::vector<NamedTensor> WeightAverage::state() {
  std::vector<NamedTensor> result;
  for (size_t i = 0; i < means_.size(); ++i) {
    result.push_back({parameters_[i].name + ".ema", &means_[i]});
  }
  return result;
}

}  // namespace libero
