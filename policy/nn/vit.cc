#include "policy/nn/vit.h"

#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "policy/nn/activation_checkpoint.h"
#include "sim/base/check.h"

namespace libero {
namespace {

constexpr double kEps = 1e-6;  // of every norm in these models

}  // namespace

VitBlock::VitBlock(const VitConfig& config, const at::TensorOptions& options)
    : heads_(config.heads),
      norm1_(config.dim, kEps, options),
      qkv_(config.dim, 3 * config.dim, /*bias=*/true, options),
      proj_(config.dim, config.dim, /*bias=*/true, options),
      norm2_(config.dim, kEps, options),
      mlp_(config.dim, config.mlp_dim, options, {}) {
  const std::string scale = config.names == VitNames::kTimm ? ".scale_factor" : ".gamma";
  Register("norm1", &norm1_);
  Register("attn.qkv", &qkv_);
  Register("attn.proj", &proj_);
  if (config.has_layer_scale) Register("ls1" + scale, &scale1_, {config.dim}, options);
  Register("norm2", &norm2_);
  Register("mlp", &mlp_);
  if (config.has_layer_scale) Register("ls2" + scale, &scale2_, {config.dim}, options);
}

at::Tensor VitBlock::Attend(const at::Tensor& x) const {
  const std::vector<at::Tensor> qkv = qkv_.forward(x).chunk(3, -1);
  return proj_.forward(MergeHeads(at::scaled_dot_product_attention(
      SplitHeads(qkv[0], heads_), SplitHeads(qkv[1], heads_), SplitHeads(qkv[2], heads_))));
}

at::Tensor VitBlock::forward(const at::Tensor& x) const {
  at::Tensor change = Attend(norm1_.forward(x));
  if (scale1_.defined()) change = change * scale1_;
  const at::Tensor y = x + change;
  change = mlp_.forward(norm2_.forward(y));
  if (scale2_.defined()) change = change * scale2_;
  return y + change;
}

AttentionPool::AttentionPool(const VitConfig& config, const at::TensorOptions& options)
    : q_(config.dim, config.dim, /*bias=*/true, options),
      kv_(config.dim, 2 * config.dim, /*bias=*/true, options),
      proj_(config.dim, config.dim, /*bias=*/true, options),
      norm_(config.dim, kEps, options),
      mlp_(config.dim, config.mlp_dim, options, {}) {
  Register("latent", &latent_, {1, 1, config.dim}, options);
  Register("q", &q_);
  Register("kv", &kv_);
  Register("proj", &proj_);
  Register("norm", &norm_);
  Register("mlp", &mlp_);
}

Vit::PatchEmbed::PatchEmbed(const VitConfig& config, const at::TensorOptions& options)
    : proj(config.patch_size, config.dim, options) {
  Register("proj", &proj);
}

Vit::Vit(const VitConfig& config, const at::TensorOptions& options)
    : config_(config), patch_embed_(config, options), norm_(config.dim, kEps, options) {
  const bool is_hub = config.names == VitNames::kHub;
  const int64_t dim = config.dim;
  const int64_t grid = config.position_grid > 0 ? config.position_grid : config.grid();
  if (config.has_class_token) Register("cls_token", &class_token_, {1, 1, dim}, options);
  Register("pos_embed", &position_, {1, grid * grid + (is_hub ? 1 : 0), dim}, options);
  if (config.num_registers > 0) {
    Register(is_hub ? "register_tokens" : "reg_token", &registers_, {1, config.num_registers, dim},
             options);
  }
  if (is_hub) Register("mask_token", &mask_token_, {1, dim}, options);
  Register("patch_embed", &patch_embed_);
  for (int64_t i = 0; i < config.depth; ++i) {
    Register("blocks." + std::to_string(i), &blocks_.emplace_back(config, options));
  }
  Register("norm", &norm_);
  if (config.has_attention_pool) {
    pool_ = std::make_unique<AttentionPool>(config, options);
    Register("attn_pool", pool_.get());
  }
}

int64_t Vit::num_prefix_tokens() const {
  return (config_.has_class_token ? 1 : 0) + config_.num_registers;
}

at::Tensor Vit::PatchPositions() const {
  at::Tensor stored =
      config_.names == VitNames::kHub ? position_.slice(/*dim=*/1, /*start=*/1) : position_;
  const int64_t grid = config_.grid();
  if (config_.position_grid == 0 || config_.position_grid == grid) return stored;
  const int64_t old_grid = config_.position_grid;
  const at::Tensor picture =
      stored.to(at::kFloat).unflatten(1, {old_grid, old_grid}).permute({0, 3, 1, 2});
  return at::_upsample_bicubic2d_aa(picture, {grid, grid}, /*align_corners=*/false)
      .permute({0, 2, 3, 1})
      .flatten(1, 2)
      .to(stored.scalar_type());
}

at::Tensor Vit::Tokens(const at::Tensor& pixels) const {
  const at::Tensor patches = patch_embed_.proj.forward(pixels) + PatchPositions();
  const int64_t batch = patches.size(0);
  std::vector<at::Tensor> tokens;
  if (config_.has_class_token) {
    const bool has_position = config_.names == VitNames::kHub;
    const at::Tensor token =
        has_position ? class_token_ + position_.slice(/*dim=*/1, 0, 1) : class_token_;
    tokens.push_back(token.expand({batch, -1, -1}));
  }
  if (config_.num_registers > 0) tokens.push_back(registers_.expand({batch, -1, -1}));
  tokens.push_back(patches);
  return at::cat(tokens, 1);
}

namespace {

at::Tensor Run(const VitBlock& block, const at::Tensor& x) {
  return Checkpointed([&block](const at::Tensor& in) { return block.forward(in); }, x);
}

}  // namespace

at::Tensor Vit::forward(const at::Tensor& pixels) const {
  at::Tensor x = Tokens(pixels);
  for (const VitBlock& block : blocks_) x = Run(block, x);
  return norm_.forward(x).slice(/*dim=*/1, num_prefix_tokens());
}

at::Tensor Vit::Intermediate(const at::Tensor& pixels, int64_t num_blocks) const {
  LIBERO_CHECK(num_blocks >= 0 && num_blocks <= config_.depth);
  at::Tensor x = Tokens(pixels);
  for (int64_t i = 0; i < num_blocks; ++i) x = Run(blocks_[static_cast<size_t>(i)], x);
  return x.slice(/*dim=*/1, num_prefix_tokens());
}

}  // namespace libero
