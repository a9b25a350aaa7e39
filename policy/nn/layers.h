#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "policy/nn/module.h"

// The smallest parts. Letters of shapes: B batch, S tokens of a sequence, D and E channels.
namespace libero {

// weight + scale · B A, in the weight's type; computed in float32. Shapes as AddLora makes them.
[[nodiscard]] at::Tensor MergedWeight(const at::Tensor& weight, const at::Tensor& lora_a,
                                      const at::Tensor& lora_b, double scale);

// A weight that a LoRA adapter can be added to: y = W x + b + scale · B (A x).
// source: microsoft/LoRA; names and shapes as in huggingface/peft: lora_A.weight, lora_B.weight
class AdaptableLayer : public Module {
 public:
  // Adds lora_A (rank, inputs…) and lora_B (outputs, rank, 1…), float32, with unset values.
  void AddLora(int64_t rank, double scale);

  [[nodiscard]] bool has_lora() const { return lora_a_.weight.defined(); }
  [[nodiscard]] const at::Tensor& weight() const { return weight_; }

 protected:
  // `bias`: whether there is one. The weight's shape is (outputs, inputs…).
  AdaptableLayer(at::IntArrayRef weight_shape, bool bias, const at::TensorOptions& options);

  struct Adapter : Module {
    void Make(at::IntArrayRef shape, const at::TensorOptions& options);
    at::Tensor weight;
  };

  at::Tensor weight_, bias_;  // bias_ is undefined if there is none
  Adapter lora_a_, lora_b_;
  double lora_scale_ = 0;
};

// (…, inputs) → (…, outputs). "weight" (outputs, inputs), "bias" (outputs).
class Linear : public AdaptableLayer {
 public:
  Linear(int64_t inputs, int64_t outputs, bool bias, const at::TensorOptions& options);
  [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;
};

// Cuts pictures into patches and embeds each: (B, 3, H, W) → (B, H/P · W/P, D), row by row.
// "weight" (D, 3, P, P), "bias" (D).
class PatchConv : public AdaptableLayer {
 public:
  PatchConv(int64_t patch_size, int64_t dim, const at::TensorOptions& options);
  [[nodiscard]] at::Tensor forward(const at::Tensor& pixels) const;
};

// (…, D) → (…, D), mean 0 and variance 1 before "weight" and "bias" (D).
class LayerNorm : public Module {
 public:
  LayerNorm(int64_t dim, double eps, const at::TensorOptions& options);
  [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

 private:
  int64_t dim_;
  double eps_;
  at::Tensor weight_, bias_;
};

// x / sqrt(mean(x²) + eps) · weight, computed in float32; no bias. Llama's and T5's.
class RmsNorm : public Module {
 public:
  RmsNorm(int64_t dim, double eps, const at::TensorOptions& options);
  [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

 private:
  double eps_;
  at::Tensor weight_;
};

// ids (…) int64 → (…, D). "weight" (rows, D).
class Embedding : public Module {
 public:
  Embedding(int64_t rows, int64_t dim, const at::TensorOptions& options);
  [[nodiscard]] at::Tensor forward(const at::Tensor& ids) const;
  [[nodiscard]] const at::Tensor& weight() const { return weight_; }

 private:
  at::Tensor weight_;
};

// fc2(GELU(fc1(x))), the exact GELU; parts "fc1" and "fc2" or other names.
class Mlp : public Module {
 public:
  struct Names {
    const char* first = "fc1";
    const char* second = "fc2";
  };
  Mlp(int64_t dim, int64_t hidden, const at::TensorOptions& options, Names names);
  [[nodiscard]] at::Tensor forward(const at::Tensor& x) const;

 private:
  Linear first_, second_;
};

// (B, S, H·D) → (B, H, S, D)
[[nodiscard]] at::Tensor SplitHeads(const at::Tensor& x, int64_t num_heads);

// (B, H, S, D) → (B, S, H·D)
[[nodiscard]] at::Tensor MergeHeads(const at::Tensor& x);

}  // namespace libero
