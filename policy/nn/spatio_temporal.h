#pragma once

#include <cstdint>
#include <memory>

#include <ATen/core/Tensor.h>

#include "policy/nn/layers.h"

// Transformers over the tokens of a few frames: (B, T, S, D), T frames of S tokens each.
// source: OpenDriveLab/UniVLA@0ab9e9d:latent_action_model/genie/modules/blocks.py
namespace libero {

// "to_q", "to_k", "to_v" without biases, "to_out.0" with one.
class StAttention : public Module {
 public:
  StAttention(int64_t dim, int64_t heads, const at::TensorOptions& options);

  // x (N, S, D). `mask` (N, 1, 1, S) is true for the keys that may be seen; undefined: all.
  [[nodiscard]] at::Tensor forward(const at::Tensor& x, bool is_causal,
                                   const at::Tensor& mask) const;

 private:
  int64_t heads_;
  Linear to_q_, to_k_, to_v_, to_out_;
};

// x += spatial_attn(norm1(x)), among the tokens of a frame;
// x += temporal_attn(norm2(x)), along the frames, each seeing itself and those before;
// x += ffn(norm3(x)). Without time: no temporal_attn, and norm2 before ffn.
class StBlock : public Module {
 public:
  StBlock(int64_t dim, int64_t heads, bool has_time, const at::TensorOptions& options);
  [[nodiscard]] at::Tensor forward(const at::Tensor& x, const at::Tensor& mask) const;

 private:
  StAttention spatial_;
  std::unique_ptr<StAttention> temporal_;  // null without time
  Mlp ffn_;
  LayerNorm norm1_, norm2_;
  std::unique_ptr<LayerNorm> norm3_;  // null without time
};

struct StTransformerConfig {
  int64_t input_dim = 0;
  int64_t dim = 0;
  int64_t output_dim = 0;  // of the last layer "out"; 0: none
  int64_t depth = 0;
  int64_t heads = 0;
  bool has_time = false;
};

// ffn (norm, linear, norm), fixed sines and cosines of the token's place in its frame, blocks, out.
class StTransformer : public Module {
 public:
  StTransformer(const StTransformerConfig& config, const at::TensorOptions& options);

  // x (B, T, S, input_dim); `text` (B, T, L, D) is appended behind the positions, so that it has
  // none, or undefined; `mask` (B, T, S + L) is true for tokens that may be seen, or undefined.
  // Returns (B, T, S + L, output_dim or D).
  [[nodiscard]] at::Tensor forward(const at::Tensor& x, const at::Tensor& text,
                                   const at::Tensor& mask) const;

 private:
  LayerNorm input_norm_;
  Linear input_;
  LayerNorm norm_;
  ModuleList<StBlock> blocks_;
  std::unique_ptr<Linear> out_;  // null if there is none
};

// The table of positions (length, dim): even channels sin, odd ones cos, of place / 10000^(c/dim).
[[nodiscard]] at::Tensor SinusoidalPositions(int64_t length, int64_t dim,
                                             const at::TensorOptions& options);

}  // namespace libero
