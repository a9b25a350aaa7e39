#pragma once

#include <memory>

#include <ATen/core/Tensor.h>

#include "policy/nn/config.h"
#include "policy/nn/layers.h"

namespace libero {

// x += o(attention(layer_norm(x)));  x += wo(ReLU(wi(layer_norm(x)))). Attention is not scaled; a
// learned bias by head and distance takes the place of positions. No biases elsewhere.
class T5Block : public Module {
 public:
  // The first block holds the bias for all.
  T5Block(const T5Config& config, bool is_first, const at::TensorOptions& options);

  // `bias` (B, heads, S, S) is added to the attention's logits.
  [[nodiscard]] at::Tensor forward(const at::Tensor& x, const at::Tensor& bias) const;

  // Buckets (S, S) int64 → (1, heads, S, S). Of the first block.
  [[nodiscard]] at::Tensor PositionBias(const at::Tensor& buckets) const;

 private:
  int64_t heads_;
  Linear q_, k_, v_, o_;
  std::unique_ptr<Embedding> relative_bias_;  // of the first block, else null
  RmsNorm attention_norm_;
  Linear wi_, wo_;
  RmsNorm mlp_norm_;
};

// The encoder of T5 v1.0. source: huggingface/transformers@v4.40.1:
// src/transformers/models/t5/modeling_t5.py (T5Stack, _relative_position_bucket)
class T5Encoder : public Module {
 public:
  T5Encoder(const T5Config& config, const at::TensorOptions& options);

  // ids (B, S) int64, mask (B, S): 1 for text, 0 for padding → (B, S, D). What is at the padding
  // means nothing.
  [[nodiscard]] at::Tensor forward(const at::Tensor& ids, const at::Tensor& mask) const;

 private:
  [[nodiscard]] at::Tensor Buckets(int64_t length, at::Device device) const;

  T5Config config_;
  Embedding shared_;
  ModuleList<T5Block> blocks_;
  RmsNorm final_norm_;
};

}  // namespace libero
