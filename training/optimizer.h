#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "policy/nn/module.h"

namespace libero {

// The norm of all gradients together: sqrt of the sum of their squares, (); no gradients: 0. If it
// is above `max_norm` > 0, they are scaled so that it is not.
// source: pytorch@v2.11.0:torch/nn/utils/clip_grad.py
at::Tensor ClipGradients(const std::vector<NamedTensor>& parameters, double max_norm);

// AdamW (β 0.9 and 0.999, ε 1e-8) by LibTorch's fused kernel, with what it remembers by name, so
// that a training can be continued. Parameters without a gradient stay as they are.
class AdamW {
 public:
  // `parameters` require gradients and outlive this object.
  AdamW(std::vector<NamedTensor> parameters, double weight_decay);

  // One step with the gradients there are, which are then dropped.
  void Step(double learning_rate);

  // Means of gradients and of their squares, and how many steps each has seen: "NAME.exp_avg",
  // "NAME.exp_avg_sq", "NAME.step".
  [[nodiscard]] std::vector<NamedTensor> state();

 private:
  struct Moments {
    at::Tensor mean, square, step;
  };
  std::vector<NamedTensor> parameters_;
  std::vector<Moments> moments_;  // of each parameter
  double weight_decay_;
};

// A running mean of weights: mean ← decay · mean + (1 − decay) · weight, after each step.
class WeightAverage {
 public:
  WeightAverage(std::vector<NamedTensor> parameters, double decay);
  void Update();

  // Puts the mean in the place of the weights, or back what was there: the same call twice changes
  // nothing.
  void Swap();

  // "NAME.ema".
  [[nodiscard]] std::vector<NamedTensor> state();

 private:
  std::vector<NamedTensor> parameters_;
  std::vector<at::Tensor> means_;
  double decay_;
};

}  // namespace libero
