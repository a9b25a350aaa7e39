#include "policy/nn/llama.h"

#include <string>

#include <ATen/ATen.h>

#include "policy/nn/activation_checkpoint.h"
#include "sim/base/check.h"

namespace libero {
namespace {

// x (B, heads, S, head dimension) turned by the angles of its positions.
at::Tensor Rotate(const at::Tensor& x, const Rotary& rotary) {
  const std::vector<at::Tensor> halves = x.chunk(2, -1);
  return x * rotary.cos + at::cat({-halves[1], halves[0]}, -1) * rotary.sin;
}

}  // namespace

KvCache::KvCache(const LlamaConfig& config, int64_t batch, int64_t capacity,
                 const at::TensorOptions& options) {
  const std::vector<int64_t> shape = {batch, config.heads, capacity, config.dim / config.heads};
  for (int64_t layer = 0; layer < config.depth; ++layer) {
    // zeros, for what is behind a row's end takes part with weight 0 and must be finite
    keys.push_back(at::zeros(shape, options));
    values.push_back(at::zeros(shape, options));
  }
  lengths = at::zeros({batch}, options.dtype(at::kLong));
}

KvCache KvCache::First(int64_t batch, int64_t length) const {
  LIBERO_CHECK(batch <= rows() && length <= capacity());
  KvCache part = *this;
  for (std::vector<at::Tensor>* tensors : {&part.keys, &part.values}) {
    for (at::Tensor& tensor : *tensors) tensor = tensor.narrow(0, 0, batch).narrow(2, 0, length);
  }
  part.lengths = lengths.narrow(0, 0, batch);
  return part;
}

LlamaAttention::LlamaAttention(const LlamaConfig& config, const at::TensorOptions& options)
    : heads_(config.heads),
      q_(config.dim, config.dim, /*bias=*/false, options),
      k_(config.dim, config.dim, /*bias=*/false, options),
      v_(config.dim, config.dim, /*bias=*/false, options),
      o_(config.dim, config.dim, /*bias=*/false, options) {
  Register("q_proj", &q_);
  Register("k_proj", &k_);
  Register("v_proj", &v_);
  Register("o_proj", &o_);
}

at::Tensor LlamaAttention::forward(const at::Tensor& x, const Rotary& rotary, KvCache* cache,
                                   size_t layer) const {
  const at::Tensor q = Rotate(SplitHeads(q_.forward(x), heads_), rotary);
  const at::Tensor k = Rotate(SplitHeads(k_.forward(x), heads_), rotary);
  const at::Tensor v = SplitHeads(v_.forward(x), heads_);
  if (cache != nullptr) {
    cache->keys[layer].narrow(/*dim=*/2, 0, k.size(2)).copy_(k);
    cache->values[layer].narrow(/*dim=*/2, 0, v.size(2)).copy_(v);
  }
  return o_.forward(MergeHeads(at::scaled_dot_product_attention(
      q, k, v, /*attn_mask=*/{}, /*dropout_p=*/0.0, /*is_causal=*/true)));
}

at::Tensor LlamaAttention::Step(const at::Tensor& x, const Rotary& rotary, const at::Tensor& mask,
                                KvCache* cache, size_t layer) const {
  const at::Tensor q = Rotate(SplitHeads(q_.forward(x), heads_), rotary);
  const at::Tensor k = Rotate(SplitHeads(k_.forward(x), heads_), rotary);
  const at::Tensor v = SplitHeads(v_.forward(x), heads_);
  const at::Tensor place = cache->lengths.view({-1, 1, 1, 1}).expand_as(k);
  cache->keys[layer].scatter_(/*dim=*/2, place, k);
  cache->values[layer].scatter_(/*dim=*/2, place, v);
  return o_.forward(MergeHeads(
      at::scaled_dot_product_attention(q, cache->keys[layer], cache->values[layer], mask)));
}

LlamaLayer::LlamaLayer(const LlamaConfig& config, const at::TensorOptions& options)
    : attention_(config, options),
      gate_(config.dim, config.mlp_dim, /*bias=*/false, options),
      up_(config.dim, config.mlp_dim, /*bias=*/false, options),
      down_(config.mlp_dim, config.dim, /*bias=*/false, options),
      input_norm_(config.dim, config.rms_eps, options),
      post_norm_(config.dim, config.rms_eps, options) {
  Register("self_attn", &attention_);
  Register("mlp.gate_proj", &gate_);
  Register("mlp.up_proj", &up_);
  Register("mlp.down_proj", &down_);
  Register("input_layernorm", &input_norm_);
  Register("post_attention_layernorm", &post_norm_);
}

at::Tensor LlamaLayer::AddMlp(const at::Tensor& x) const {
  const at::Tensor normed = post_norm_.forward(x);
  return x + down_.forward(at::silu(gate_.forward(normed)) * up_.forward(normed));
}

at::Tensor LlamaLayer::forward(const at::Tensor& x, const Rotary& rotary, KvCache* cache,
                               size_t layer) const {
  return AddMlp(x + attention_.forward(input_norm_.forward(x), rotary, cache, layer));
}

at::Tensor LlamaLayer::Step(const at::Tensor& x, const Rotary& rotary, const at::Tensor& mask,
                            KvCache* cache, size_t layer) const {
  return AddMlp(x + attention_.Step(input_norm_.forward(x), rotary, mask, cache, layer));
}

Llama::Llama(const LlamaConfig& config, const at::TensorOptions& options)
    : config_(config),
      embed_tokens_(config.vocabulary, config.dim, options),
      norm_(config.dim, config.rms_eps, options),
      lm_head_(config.dim, config.vocabulary, /*bias=*/false, options) {
  Register("model.embed_tokens", &embed_tokens_);
  for (int64_t i = 0; i < config.depth; ++i) {
    Register("model.layers." + std::to_string(i), &layers_.emplace_back(config, options));
  }
  Register("model.norm", &norm_);
  Register("lm_head", &lm_head_);
}

at::Tensor Llama::Embed(const at::Tensor& ids) const {
  return embed_tokens_.forward(ids);
}

Rotary Llama::MakeRotary(const at::Tensor& positions, at::ScalarType dtype) const {
  const int64_t head_dim = config_.dim / config_.heads;
  const at::Tensor exponents = at::arange(0, head_dim, 2, positions.options().dtype(at::kFloat)) /
                               static_cast<double>(head_dim);
  const at::Tensor frequencies = at::pow(config_.rope_theta, exponents).reciprocal();
  const at::Tensor angles = positions.to(at::kFloat).unsqueeze(-1) * frequencies;
  const at::Tensor both_halves = at::cat({angles, angles}, -1);
  return {both_halves.cos().to(dtype), both_halves.sin().to(dtype)};
}

at::Tensor Llama::Run(const at::Tensor& embeddings, KvCache* cache) const {
  const at::Tensor positions =
      at::arange(embeddings.size(1), embeddings.options().dtype(at::kLong));
  const Rotary rotary = MakeRotary(positions, embeddings.scalar_type());
  at::Tensor x = embeddings;
  for (size_t i = 0; i < layers_.size(); ++i) {
    const LlamaLayer& layer = layers_[i];
    x = Checkpointed([&layer, rotary, cache,
                      i](const at::Tensor& in) { return layer.forward(in, rotary, cache, i); },
                     x);
  }
  return norm_.forward(x);
}

at::Tensor Llama::forward(const at::Tensor& embeddings) const {
  return Run(embeddings, nullptr);
}

at::Tensor Llama::Prefill(const at::Tensor& embeddings, const at::Tensor& lengths,
                          KvCache* cache) const {
  LIBERO_CHECK(embeddings.size(1) <= cache->capacity());
  LIBERO_CHECK(lengths.size(0) == embeddings.size(0));
  cache->lengths.copy_(lengths);
  return Run(embeddings, cache);
}

at::Tensor Llama::Step(const at::Tensor& embeddings, KvCache* cache) const {
  const int64_t capacity = cache->capacity();
  const at::Tensor positions = cache->lengths.view({-1, 1, 1});  // (B, heads = 1, S = 1)
  const Rotary rotary = MakeRotary(positions, embeddings.scalar_type());
  const at::Tensor mask = at::arange(capacity, cache->lengths.options()) <= positions.unsqueeze(-1);
  at::Tensor x = embeddings;
  for (size_t i = 0; i < layers_.size(); ++i) x = layers_[i].Step(x, rotary, mask, cache, i);
  cache->lengths.add_(1);
  return norm_.forward(x);
}

at::Tensor Llama::Logits(const at::Tensor& hidden) const {
  return lm_head_.forward(hidden);
}

at::Tensor Llama::Logits(const at::Tensor& hidden, int64_t first, int64_t count) const {
  if (lm_head_.has_lora()) return Logits(hidden).narrow(-1, first, count);
  return at::linear(hidden, lm_head_.weight().narrow(/*dim=*/0, first, count));
}

}  // namespace libero
