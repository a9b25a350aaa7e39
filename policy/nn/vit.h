#pragma once

#include <memory>

#include <ATen/core/Tensor.h>

#include "policy/nn/config.h"
#include "policy/nn/layers.h"

namespace libero {

// x += ls1 · proj(attention(norm1(x)));  x += ls2 · mlp(norm2(x)).
// "attn.qkv" packs rows [q; k; v], each heads × head dimension.
// source: huggingface/pytorch-image-models@v0.9.10:timm/models/vision_transformer.py
class VitBlock : public Module {
 public:
  VitBlock(const VitConfig& config, const at::TensorOptions& options);
  [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

 private:
  [[nodiscard]] at::Tensor Attend(const at::Tensor& x) const;

  int64_t heads_;
  LayerNorm norm1_;
  Linear qkv_, proj_;
  at::Tensor scale1_, scale2_;  // undefined without layer scale
  LayerNorm norm2_;
  Mlp mlp_;
};

// SigLIP's pooling head. Its parameters are in published files; nothing here uses its output.
class AttentionPool : public Module {
 public:
  AttentionPool(const VitConfig& config, const at::TensorOptions& options);

 private:
  at::Tensor latent_;
  Linear q_, kv_, proj_;
  LayerNorm norm_;
  Mlp mlp_;
};

// A vision transformer: DINOv2 with registers, or SigLIP, by its configuration.
//
//   pixels ─ patches ─ + positions ─ [class, registers, patches] ─ blocks ─ (norm) ─ patches
//
// Positions: of the patches only (timm's), or of class and patches (DINOv2's own: 37 × 37, resized
// to the image's grid at each call, bicubic with antialiasing). Registers have none.
class Vit : public Module {
 public:
  Vit(const VitConfig& config, const at::TensorOptions& options);

  // Normalised pixels (B, 3, H, W) → patch tokens (B, P, D): after all blocks and the last norm.
  [[nodiscard]] at::Tensor forward(const at::Tensor& pixels) const;

  // The same after the first `num_blocks` blocks, without the norm.
  [[nodiscard]] at::Tensor Intermediate(const at::Tensor& pixels, int64_t num_blocks) const;

 private:
  [[nodiscard]] at::Tensor PatchPositions() const;
  [[nodiscard]] at::Tensor Tokens(const at::Tensor& pixels) const;
  [[nodiscard]] int64_t num_prefix_tokens() const;

  struct PatchEmbed : Module {
    PatchEmbed(const VitConfig& config, const at::TensorOptions& options);
    PatchConv proj;
  };

  VitConfig config_;
  at::Tensor class_token_, position_, registers_, mask_token_;
  PatchEmbed patch_embed_;
  ModuleList<VitBlock> blocks_;
  LayerNorm norm_;
  std::unique_ptr<AttentionPool> pool_;  // null if there is none
};

}  // namespace libero
