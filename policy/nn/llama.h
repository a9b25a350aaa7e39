#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "policy/nn/config.h"
#include "policy/nn/layers.h"

namespace libero {

// Keys and values of the tokens so far, of a batch of rows that may differ in length. All shapes
// are fixed from the beginning, so that a decoding step is the same sequence of operations on the
// same memory each time.
struct KvCache {
  // Room for `capacity` tokens in each of `batch` rows.
  KvCache(const LlamaConfig& config, int64_t batch, int64_t capacity,
          const at::TensorOptions& options);

  [[nodiscard]] int64_t rows() const { return keys[0].size(0); }
  [[nodiscard]] int64_t capacity() const { return keys[0].size(2); }

  // A part of this cache, in the same memory: the first rows with room for fewer tokens.
  [[nodiscard]] KvCache First(int64_t batch, int64_t length) const;

  std::vector<at::Tensor> keys, values;  // by layer, (B, heads, capacity, head dimension)
  at::Tensor lengths;                    // (B) int64: tokens in each row
};

// Cosines and sines of the rotary position embedding for some positions: (…, S, head dimension).
struct Rotary {
  at::Tensor cos, sin;
};

// Llama's attention: "q_proj", "k_proj", "v_proj", "o_proj" without biases, rotary positions with
// the two halves of a head as pairs.
class LlamaAttention : public Module {
 public:
  LlamaAttention(const LlamaConfig& config, const at::TensorOptions& options);

  // x (B, S, D), causal. With a cache, writes its first S places.
  [[nodiscard]] at::Tensor forward(const at::Tensor& x, const Rotary& rotary, KvCache* cache,
                                   size_t layer) const;

  // x (B, 1, D): the token at place lengths[b] of row b, which sees itself and those before.
  // `mask` (B, 1, 1, capacity) is true where a place may be seen.
  [[nodiscard]] at::Tensor Step(const at::Tensor& x, const Rotary& rotary, const at::Tensor& mask,
                                KvCache* cache, size_t layer) const;

 private:
  int64_t heads_;
  Linear q_, k_, v_, o_;
};

// x += self_attn(input_layernorm(x));  x += mlp(post_attention_layernorm(x)),
// mlp(x) = down_proj(SiLU(gate_proj(x)) · up_proj(x)).
class LlamaLayer : public Module {
 public:
  LlamaLayer(const LlamaConfig& config, const at::TensorOptions& options);
  [[nodiscard]] at::Tensor forward(const at::Tensor& x, const Rotary& rotary, KvCache* cache,
                                   size_t layer) const;
  [[nodiscard]] at::Tensor Step(const at::Tensor& x, const Rotary& rotary, const at::Tensor& mask,
                                KvCache* cache, size_t layer) const;

 private:
  [[nodiscard]] at::Tensor AddMlp(const at::Tensor& x) const;

  LlamaAttention attention_;
  Linear gate_, up_, down_;
  RmsNorm input_norm_, post_norm_;
};

// Llama 2, from embeddings to hidden states and logits: "model.embed_tokens", "model.layers",
// "model.norm", "lm_head". Hidden states are those after the last norm.
// source: huggingface/transformers@v4.40.1:src/transformers/models/llama/modeling_llama.py
class Llama : public Module {
 public:
  Llama(const LlamaConfig& config, const at::TensorOptions& options);

  // ids (…) int64 → (…, D)
  [[nodiscard]] at::Tensor Embed(const at::Tensor& ids) const;

  // Embeddings (B, S, D) at positions 0 … S−1, each seeing itself and those before → hidden states
  // (B, S, D). Rows that are shorter than S are padded on the right; what is at the padding means
  // nothing.
  [[nodiscard]] at::Tensor forward(const at::Tensor& embeddings) const;

  // The same, and begins a cache of at least S places: lengths (B) int64, each in 1 … S.
  [[nodiscard]] at::Tensor Prefill(const at::Tensor& embeddings, const at::Tensor& lengths,
                                   KvCache* cache) const;

  // Appends one token to each row: embeddings (B, 1, D) → hidden states (B, 1, D). The rows must
  // have room, which is not checked. Does not wait for the GPU.
  [[nodiscard]] at::Tensor Step(const at::Tensor& embeddings, KvCache* cache) const;

  // Hidden states (…, D) → logits (…, V).
  [[nodiscard]] at::Tensor Logits(const at::Tensor& hidden) const;

  // The logits of `count` tokens from `first` on only.
  [[nodiscard]] at::Tensor Logits(const at::Tensor& hidden, int64_t first, int64_t count) const;

  [[nodiscard]] const LlamaConfig& config() const { return config_; }

 private:
  [[nodiscard]] Rotary MakeRotary(const at::Tensor& positions, at::ScalarType dtype) const;
  [[nodiscard]] at::Tensor Run(const at::Tensor& embeddings, KvCache* cache) const;

  LlamaConfig config_;
  Embedding embed_tokens_;
  ModuleList<LlamaLayer> layers_;
  RmsNorm norm_;
  Linear lm_head_;
};

}  // namespace libero
