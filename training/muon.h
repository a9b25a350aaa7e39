#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "policy/nn/module.h"

namespace libero {

// Muon: momentum 0.95 (Nesterov's), of which each weight matrix takes the nearest orthogonal one,
// so that all directions of a matrix are learnt equally fast. For the matrices inside a network;
// everything else is AdamW's. A layer that holds several matrices in one, as of queries, keys and
// values, is taken apart.
// source: pytorch@v2.11.0:torch/optim/_muon.py (adjust_lr_fn "original")
class Muon {
 public:
  // Whether it is a matrix between hidden states: no embedding, code book, output or adapter.
  [[nodiscard]] static bool Takes(const NamedTensor& parameter);

  // `parameters` are such matrices, require gradients and outlive this object.
  Muon(std::vector<NamedTensor> parameters, double weight_decay);

  // One step with the gradients there are, which are then dropped. `for_each(n, f)` calls f(0) …
  // f(n − 1), in any order and at the same time if it likes.
  using ForEach = std::function<void(size_t, const std::function<void(size_t)>&)>;
  void Step(double learning_rate, const ForEach& for_each);

  // Means of gradients: "NAME.momentum".
  [[nodiscard]] std::vector<NamedTensor> state();

 private:
  std::vector<NamedTensor> parameters_;
  std::vector<at::Tensor> momenta_;  // of each parameter
  double weight_decay_;
};

// (rows, columns): the matrix of the same singular vectors whose singular values are about 1 (0.7
// to 1.2), by five steps of Newton and Schulz.
[[nodiscard]] at::Tensor Orthogonalized(const at::Tensor& matrix);

}  // namespace libero
