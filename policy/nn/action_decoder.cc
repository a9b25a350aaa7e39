#include "policy/nn/action_decoder.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>

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

at::Tensor MapBlock::Attention(const at::Tensor& x) const {
  const at::Tensor queries = SplitHeads(q_.forward(latents_.unsqueeze(0)), heads_);
  const at::Tensor keys = SplitHeads(kv_.forward(projection_.forward(x)).chunk(2, -1)[0], heads_);
  const double scale = 1 / std::sqrt(static_cast<double>(keys.size(-1)));
  const at::Tensor weights = (queries.matmul(keys.transpose(-2, -1)) * scale).softmax(-1);
  return weights.mean(1).squeeze(1);
}

at::Tensor MapBlock::forward(const at::Tensor& x, const at::Tensor& init) const {
  at::Tensor state = latents_.unsqueeze(0).expand({x.size(0), -1, -1});
  if (init.defined()) state = state + init.unsqueeze(1);
  state = attention_norm_.forward(state + Attend(state, projection_.forward(x)));
  const std::vector<at::Tensor> halves = project_.forward(state).chunk(2, -1);
  state = mlp_norm_.forward(state + out_.forward(halves[0] * at::silu(halves[1])));
  return state.squeeze(1);
}

ActionDecoder::ActionDecoder(const ActionDecoderConfig& config, const at::TensorOptions& options)
    : config_(config),
      latent_action_pool_(config, options),
      visual_pool_(config, options),
      proj_(config.dim, config.chunk_size * config.action_dim, /*bias=*/true, options) {
  Register("latent_action_pool", &latent_action_pool_);
  Register("visual_pool", &visual_pool_);
  Register("proj.0", &proj_);
}

at::Tensor ActionDecoder::forward(const at::Tensor& latent, const at::Tensor& visual) const {
  const at::Tensor picture = visual_pool_.forward(visual.to(at::kFloat), {});
  const at::Tensor action = latent_action_pool_.forward(latent.to(at::kFloat), picture);
  return proj_.forward(action).tanh().unflatten(1, {config_.chunk_size, config_.action_dim});
}

at::Tensor ActionDecoder::VisualAttention(const at::Tensor& visual) const {
  return visual_pool_.Attention(visual.to(at::kFloat));
}

}  // namespace libero
