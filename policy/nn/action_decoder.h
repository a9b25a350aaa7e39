#pragma once

#include <optional>

#include <ATen/core/Tensor.h>

#include "policy/nn/config.h"
#include "policy/nn/layers.h"

namespace libero {

// x / max(‖x‖ / sqrt(D), 1e-8) · g
class UnitNorm : public Module {
 public:
  UnitNorm(int64_t dim, const at::TensorOptions& options);
  [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

 private:
  at::Tensor g_;
};

// Pools a sequence into one vector by attention from a learned seed, with the norms behind:
//   s = latents (+ init);  s = attn_norm(s + attn(s, projection(x)));  s = mlp_norm(s + mlp(s)),
// mlp(s) = mlp.1(p · SiLU(g)), (p, g) = the halves of mlp.0.project(s).
// source: OpenDriveLab/UniVLA@0ab9e9d:prismatic/models/policy/transformer_utils.py:MAPBlock
class MapBlock : public Module {
 public:
  MapBlock(const ActionDecoderConfig& config, const at::TensorOptions& options);

  // x (B, S, input_dim), init (B, D) or undefined → (B, D)
  [[nodiscard]] at::Tensor forward(const at::Tensor& x, const at::Tensor& init) const;

  // Where that seed looks: (B, S), the average of all heads; each row's sum is 1.
  [[nodiscard]] at::Tensor Attention(const at::Tensor& x, const at::Tensor& init) const;

 private:
  [[nodiscard]] at::Tensor Seed(int64_t rows, const at::Tensor& init) const;
  [[nodiscard]] at::Tensor Attend(const at::Tensor& seed, const at::Tensor& x) const;

  int64_t heads_;
  at::Tensor latents_;
  Linear projection_;
  UnitNorm attention_norm_;
  Linear q_, kv_, proj_;
  UnitNorm mlp_norm_;
  Linear project_, out_;
};

// Hidden states of the VLA → a chunk of motions in −1 … 1: the picture's states pooled, and with
// that as a beginning the latent actions' states pooled, then tanh(linear). If it is told the
// robot's own state, that begins all: proprio_proj.2(GELU(proprio_proj.0(·))) is what the picture
// is asked with, and through the pools' residuals it reaches the motions.
// Runs in float32, whatever the VLA runs in.
// differs: UniVLA's decoders for CALVIN and real robots, which have a proprio_proj of these sizes,
// join its output to the pooled states instead; a linear layer cannot tell by it what to do.
class ActionDecoder : public Module {
 public:
  ActionDecoder(const ActionDecoderConfig& config, const at::TensorOptions& options);

  // latent (B, N, input_dim), visual (B, P, input_dim), proprio (B, proprio_dim) scaled to ±1 →
  // (B, chunk, action_dim). What the configuration has no use of may be undefined.
  [[nodiscard]] at::Tensor forward(const at::Tensor& latent, const at::Tensor& visual,
                                   const at::Tensor& proprio) const;

  // Where it looks in the picture's states: (B, P), each row's sum is 1. Requires sees_picture
  // (CHECK).
  [[nodiscard]] at::Tensor VisualAttention(const at::Tensor& visual,
                                           const at::Tensor& proprio) const;

  [[nodiscard]] const ActionDecoderConfig& config() const { return config_; }

 private:
  [[nodiscard]] at::Tensor EmbedProprio(const at::Tensor& proprio) const;

  ActionDecoderConfig config_;
  MapBlock latent_action_pool_;
  std::optional<MapBlock> visual_pool_;
  std::optional<Linear> proprio_in_, proprio_out_;
  Linear proj_;
};

}  // namespace libero
