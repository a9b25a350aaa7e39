#include "policy/nn/spatio_temporal.h"

#include <cmath>
#include <optional>
#include <string>

#include <ATen/ATen.h>

namespace libero {
namespace {

constexpr double kEps = 1e-5;

}  // namespace

StAttention::StAttention(int64_t dim, int64_t heads, const at::TensorOptions& options)
    : heads_(heads),
      to_q_(dim, dim, /*bias=*/false, options),
      to_k_(dim, dim, /*bias=*/false, options),
      to_v_(dim, dim, /*bias=*/false, options),
      to_out_(dim, dim, /*bias=*/true, options) {
  Register("to_q", &to_q_);
  Register("to_k", &to_k_);
  Register("to_v", &to_v_);
  Register("to_out.0", &to_out_);
}

at::Tensor StAttention::forward(const at::Tensor& x, bool is_causal, const at::Tensor& mask) const {
  std::optional<at::Tensor> attention_mask;
  if (mask.defined()) attention_mask = mask;
  const at::Tensor attended = at::scaled_dot_product_attention(
      SplitHeads(to_q_.forward(x), heads_), SplitHeads(to_k_.forward(x), heads_),
      SplitHeads(to_v_.forward(x), heads_), attention_mask, /*dropout_p=*/0.0, is_causal);
  return to_out_.forward(MergeHeads(attended));
}

StBlock::StBlock(int64_t dim, int64_t heads, bool has_time, const at::TensorOptions& options)
    : spatial_(dim, heads, options),
      ffn_(dim, 4 * dim, options, {.first = "0", .second = "3"}),
      norm1_(dim, kEps, options),
      norm2_(dim, kEps, options) {
  Register("spatial_attn", &spatial_);
  if (has_time) {
    temporal_ = std::make_unique<StAttention>(dim, heads, options);
    norm3_ = std::make_unique<LayerNorm>(dim, kEps, options);
    Register("temporal_attn", temporal_.get());
  }
  Register("ffn", &ffn_);
  Register("norm1", &norm1_);
  Register("norm2", &norm2_);
  if (has_time) Register("norm3", norm3_.get());
}

at::Tensor StBlock::forward(const at::Tensor& x, const at::Tensor& mask) const {
  const int64_t batch = x.size(0);
  const int64_t num_frames = x.size(1);
  const int64_t num_tokens = x.size(2);
  // among the tokens of each frame
  at::Tensor frames = x.flatten(0, 1);
  frames = frames + spatial_.forward(norm1_.forward(frames), /*is_causal=*/false, mask);
  at::Tensor y = frames.unflatten(0, {batch, num_frames});
  // along the frames, at each place
  if (temporal_ != nullptr) {
    at::Tensor places = y.transpose(1, 2).flatten(0, 1);
    places = places + temporal_->forward(norm2_.forward(places), /*is_causal=*/true, {});
    y = places.unflatten(0, {batch, num_tokens}).transpose(1, 2);
  }
  return y + ffn_.forward((temporal_ != nullptr ? *norm3_ : norm2_).forward(y));
}

StTransformer::StTransformer(const StTransformerConfig& config, const at::TensorOptions& options)
    : input_norm_(config.input_dim, kEps, options),
      input_(config.input_dim, config.dim, /*bias=*/true, options),
      norm_(config.dim, kEps, options) {
  Register("ffn.0", &input_norm_);
  Register("ffn.1", &input_);
  Register("ffn.2", &norm_);
  for (int64_t i = 0; i < config.depth; ++i) {
    Register("transformer_blocks." + std::to_string(i),
             &blocks_.emplace_back(config.dim, config.heads, config.has_time, options));
  }
  if (config.output_dim > 0) {
    out_ = std::make_unique<Linear>(config.dim, config.output_dim, /*bias=*/true, options);
    Register("out", out_.get());
  }
}

at::Tensor StTransformer::forward(const at::Tensor& x, const at::Tensor& text,
                                  const at::Tensor& mask) const {
  at::Tensor y = norm_.forward(input_.forward(input_norm_.forward(x)));
  y = y + SinusoidalPositions(y.size(2), y.size(3), y.options().requires_grad(false));
  if (text.defined()) y = at::cat({y, text}, 2);
  at::Tensor frame_mask;  // of each frame of each row
  if (mask.defined()) frame_mask = mask.flatten(0, 1).unsqueeze(1).unsqueeze(1);
  for (const StBlock& block : blocks_) y = block.forward(y, frame_mask);
  return out_ != nullptr ? out_->forward(y) : y;
}

at::Tensor SinusoidalPositions(int64_t length, int64_t dim, const at::TensorOptions& options) {
  const at::TensorOptions wide = options.dtype(at::kFloat);
  const at::Tensor rates =
      (at::arange(0, dim, 2, wide) * (-std::log(10000.0) / static_cast<double>(dim))).exp();
  const at::Tensor angles = at::arange(length, wide).unsqueeze(1) * rates;
  return at::stack({angles.sin(), angles.cos()}, -1).flatten(1).to(options.dtype());
}

}  // namespace libero
