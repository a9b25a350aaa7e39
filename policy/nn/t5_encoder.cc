#include "policy/nn/t5_encoder.h"

#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include <ATen/ATen.h>

namespace libero {
namespace {

constexpr double kEps = 1e-6;

}  // namespace

T5Block::T5Block(const T5Config& config, bool is_first, const at::TensorOptions& options)
    : heads_(config.heads),
      q_(config.dim, config.heads * config.head_dim, /*bias=*/false, options),
      k_(config.dim, config.heads * config.head_dim, /*bias=*/false, options),
      v_(config.dim, config.heads * config.head_dim, /*bias=*/false, options),
      o_(config.heads * config.head_dim, config.dim, /*bias=*/false, options),
      attention_norm_(config.dim, kEps, options),
      wi_(config.dim, config.mlp_dim, /*bias=*/false, options),
      wo_(config.mlp_dim, config.dim, /*bias=*/false, options),
      mlp_norm_(config.dim, kEps, options) {
  Register("layer.0.SelfAttention.q", &q_);
  Register("layer.0.SelfAttention.k", &k_);
  Register("layer.0.SelfAttention.v", &v_);
  Register("layer.0.SelfAttention.o", &o_);
  if (is_first) {
    relative_bias_ = std::make_unique<Embedding>(config.num_buckets, config.heads, options);
    Register("layer.0.SelfAttention.relative_attention_bias", relative_bias_.get());
  }
  Register("layer.0.layer_norm", &attention_norm_);
  Register("layer.1.DenseReluDense.wi", &wi_);
  Register("layer.1.DenseReluDense.wo", &wo_);
  Register("layer.1.layer_norm", &mlp_norm_);
}

at::Tensor T5Block::PositionBias(const at::Tensor& buckets) const {
  return relative_bias_->forward(buckets).permute({2, 0, 1}).unsqueeze(0);
}

at::Tensor T5Block::forward(const at::Tensor& x, const at::Tensor& bias) const {
  const at::Tensor normed = attention_norm_.forward(x);
  const at::Tensor attended = at::scaled_dot_product_attention(
      SplitHeads(q_.forward(normed), heads_), SplitHeads(k_.forward(normed), heads_),
      SplitHeads(v_.forward(normed), heads_), bias, /*dropout_p=*/0.0, /*is_causal=*/false,
      /*scale=*/1.0);
  const at::Tensor y = x + o_.forward(MergeHeads(attended));
  return y + wo_.forward(at::relu(wi_.forward(mlp_norm_.forward(y))));
}

T5Encoder::T5Encoder(const T5Config& config, const at::TensorOptions& options)
    : config_(config),
      shared_(config.vocabulary, config.dim, options),
      final_norm_(config.dim, kEps, options) {
  Register("shared", &shared_);
  for (int64_t i = 0; i < config.depth; ++i) {
    Register("encoder.block." + std::to_string(i),
             &blocks_.emplace_back(config, /*is_first=*/i == 0, options));
  }
  Register("encoder.final_layer_norm", &final_norm_);
}

at::Tensor T5Encoder::Buckets(int64_t length, at::Device device) const {
  // half of the buckets for each direction; of those, half for small distances one by one, the
  // rest for larger ones, logarithmically
  const int64_t half = config_.num_buckets / 2;
  const int64_t exact = half / 2;
  const at::Tensor places = at::arange(length, at::TensorOptions(at::kLong).device(device));
  const at::Tensor ahead = places.unsqueeze(0) - places.unsqueeze(1);  // key − query
  const at::Tensor distance = ahead.abs();
  const double range =
      std::log(static_cast<double>(config_.max_distance) / static_cast<double>(exact));
  const at::Tensor log_bucket =
      exact + ((distance.to(at::kFloat) / static_cast<double>(exact)).log() / range *
               static_cast<double>(half - exact))
                  .clamp_min(0)  // of distance 0, whose logarithm is −∞
                  .to(at::kLong);
  const at::Tensor far = log_bucket.clamp_max(half - 1);
  return at::where(distance < exact, distance, far) + (ahead > 0).to(at::kLong) * half;
}

at::Tensor T5Encoder::forward(const at::Tensor& ids, const at::Tensor& mask) const {
  at::Tensor x = shared_.forward(ids);
  const at::Tensor bias = blocks_.front().PositionBias(Buckets(ids.size(1), ids.device()));
  const at::Tensor hidden = (mask == 0).unsqueeze(1).unsqueeze(1);  // (B, 1, 1, S)
  const at::Tensor masked_bias = bias.expand({ids.size(0), -1, -1, -1})
                                     .masked_fill(hidden, -std::numeric_limits<float>::infinity());
  for (const T5Block& block : blocks_) x = block.forward(x, masked_bias);
  return final_norm_.forward(x);
}

}  // namespace libero
