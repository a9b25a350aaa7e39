#pragma once

#include <ATen/core/Tensor.h>

#include "policy/nn/layers.h"

namespace libero {

// What quantising gives.
struct Quantized {
  at::Tensor encoded;    // (…, D): the input e
  at::Tensor codes;      // (…, D): the nearest codes c; gradients go to the codebook
  at::Tensor quantized;  // (…, D): the values of c with the gradient of e
  at::Tensor indices;    // (…) int64
};

// Replaces vectors by the nearest of a few learned ones, by Euclidean distance. "codebook.weight"
// (codes, D) is learned by gradient.
// source: OpenDriveLab/UniVLA@0ab9e9d:latent_action_model/genie/modules/blocks.py:VectorQuantizer
// differs: dead codes are not restarted here; that is for training to do
class VectorQuantizer : public Module {
 public:
  VectorQuantizer(int64_t num_codes, int64_t dim, const at::TensorOptions& options);
  [[nodiscard]] Quantized forward(const at::Tensor& encoded) const;
  [[nodiscard]] const at::Tensor& codebook() const { return codebook_.weight(); }

 private:
  Embedding codebook_;
};

// mean((sg(e) − c)²) + 0.25 · mean((e − sg(c))²), sg: without gradient.
[[nodiscard]] at::Tensor QuantizationLoss(const Quantized& quantized);

}  // namespace libero
