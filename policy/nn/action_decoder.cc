#include "policy/nn/action_decoder.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "sim/base/check.h"

namespace libero {

UnitNorm::UnitNorm(int64_t dim, const at::TensorOptions& options) {
  Register("g", &g_, {dim}, options);
}

at::Tensor UnitNorm::forward(const at::Tensor& x) const {
  constexpr double kEps = 1e-8;
  const double scale = 1 / std::sqrt(static_cast<double>(g_.size(0)));
  const at::Tensor norm = x.norm(2, {-1}, /*keepdim=*/true) * scale;
  return x / norm.clamp_min(kEps) * g_;
}

MapBlock::MapBlock(const ActionDecoderConfig& config, const at::TensorOptions& options)
    : heads_(config.heads),
      projection_(config.input_dim, config.dim, /*bias=*/true, options),
      attention_norm_(config.dim, options),
      q_(config.dim, config.dim, /*bias=*/false, options),
      kv_(config.dim, 2 * config.dim, /*bias=*/false, options),
      proj_(config.dim, config.dim, /*bias=*/true, options),
      mlp_norm_(config.dim, options),
      project_(config.dim, 2 * config.mlp_ratio * config.dim, /*bias=*/true, options),
      out_(config.mlp_ratio * config.dim, config.dim, /*bias=*/true, options) {
  Register("latents", &latents_, {1, config.dim}, options);
  Register("projection", &projection_);
  Register("attn_norm", &attention_norm_);
  Register("attn.q", &q_);
  Register("attn.kv", &kv_);
  Register("attn.proj", &proj_);
  Register("mlp_norm", &mlp_norm_);
  Register("mlp.0.project", &project_);
  Register("mlp.1", &out_);
}

at::Tensor MapBlock::Attend(const at::Tensor& seed, const at::Tensor& x) const {
  const std::vector<at::Tensor> key_value = kv_.forward(x).chunk(2, -1);
  return proj_.forward(MergeHeads(at::scaled_dot_product_attention(
      SplitHeads(q_.forward(seed), heads_), SplitHeads(key_value[0], heads_),
      SplitHeads(key_value[1], heads_))));
}

// (B, 1, D)
at::Tensor MapBlock::Seed(int64_t rows, const at::Tensor& init) const {
  const at::Tensor seed = latents_.unsqueeze(0).expand({rows, -1, -1});
  return init.defined() ? seed + init.unsqueeze(1) : seed;
}

at::Tensor MapBlock::Attention(const at::Tensor& x, const at::Tensor& init) const {
  const at::Tensor queries = SplitHeads(q_.forward(Seed(x.size(0), init)), heads_);
  const at::Tensor keys = SplitHeads(kv_.forward(projection_.forward(x)).chunk(2, -1)[0], heads_);
  const double scale = 1 / std::sqrt(static_cast<double>(keys.size(-1)));
  const at::Tensor weights = (queries.matmul(keys.transpose(-2, -1)) * scale).softmax(-1);
  return weights.mean(1).squeeze(1);
}

at::Tensor MapBlock::forward(const at::Tensor& x, const at::Tensor& init) const {
  at::Tensor state = Seed(x.size(0), init);
  state = attention_norm_.forward(state + Attend(state, projection_.forward(x)));
  const std::vector<at::Tensor> halves = project_.forward(state).chunk(2, -1);
  state = mlp_norm_.forward(state + out_.forward(halves[0] * at::silu(halves[1])));
  return state.squeeze(1);
}

ActionDecoder::ActionDecoder(const ActionDecoderConfig& config, const at::TensorOptions& options)
    : config_(config),
      latent_action_pool_(config, options),
      proj_(config.dim, config.chunk_size * config.action_dim, /*bias=*/true, options) {
  Register("latent_action_pool", &latent_action_pool_);
  if (config.sees_picture) Register("visual_pool", &visual_pool_.emplace(config, options));
  if (config.proprio_dim > 0) {
    proprio_in_.emplace(config.proprio_dim, config.dim, /*bias=*/true, options);
    proprio_out_.emplace(config.dim, config.dim, /*bias=*/true, options);
    Register("proprio_proj.0", &*proprio_in_);
    Register("proprio_proj.2", &*proprio_out_);
  }
  Register("proj.0", &proj_);
}

// (B, D); undefined if there is none
at::Tensor ActionDecoder::EmbedProprio(const at::Tensor& proprio) const {
  if (!proprio_in_) return {};
  return proprio_out_->forward(at::gelu(proprio_in_->forward(proprio.to(at::kFloat))));
}

at::Tensor ActionDecoder::forward(const at::Tensor& latent, const at::Tensor& visual,
                                  const at::Tensor& proprio) const {
  at::Tensor state = EmbedProprio(proprio);
  if (visual_pool_) state = visual_pool_->forward(visual.to(at::kFloat), state);
  const at::Tensor action = latent_action_pool_.forward(latent.to(at::kFloat), state);
  return proj_.forward(action).tanh().unflatten(1, {config_.chunk_size, config_.action_dim});
}

at::Tensor ActionDecoder::VisualAttention(const at::Tensor& visual,
                                          const at::Tensor& proprio) const {
  LIBERO_CHECK(visual_pool_);
  return visual_pool_->Attention(visual.to(at::kFloat), EmbedProprio(proprio));
}

}  // namespace libero
