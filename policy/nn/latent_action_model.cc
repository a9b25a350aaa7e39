#include "policy/nn/latent_action_model.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "policy/nn/pixels.h"
#include "sim/base/check.h"

namespace libero {

LatentActionModel::Stage1::Stage1(const LamConfig& config, const at::TensorOptions& options)
    : text_encoder(config.text, options),
      lang_proj(config.text.dim, config.dim, /*bias=*/true, options) {}

LatentActionModel::Stage2::Stage2(const LamConfig& config, const at::TensorOptions& options)
    : to_codebook(config.dim, config.code_dim, /*bias=*/true, options),
      action_up(config.code_dim, config.dim, /*bias=*/true, options),
      vq(config.codebook_size, config.code_dim, options) {}

LatentActionModel::LatentActionModel(const LamConfig& config, const at::TensorOptions& options)
    : config_(config),
      dino_encoder_(config.features, options),
      encoder_({.input_dim = config.features.dim,
                .dim = config.dim,
                .depth = config.encoder_depth,
                .heads = config.heads,
                .has_time = true},
               options),
      to_codebook_(config.dim, config.code_dim, /*bias=*/true, options),
      vq_(config.codebook_size, config.code_dim, options),
      patch_up_(config.features.dim, config.dim, /*bias=*/true, options),
      action_up_(config.code_dim, config.dim, /*bias=*/true, options),
      decoder_({.input_dim = config.dim,
                .dim = config.dim,
                .output_dim = config.features.dim,
                .depth = config.decoder_depth,
                .heads = config.heads},
               options) {
  const std::vector<int64_t> query_shape = {1, 1, config.num_queries, config.features.dim};
  Register("action_latent", &action_latent_, query_shape, options);
  Register("dino_encoder", &dino_encoder_);
  Register("encoder", &encoder_);
  Register("to_codebook", &to_codebook_);
  Register("vq", &vq_);
  Register("patch_up", &patch_up_);
  Register("action_up", &action_up_);
  Register("decoder", &decoder_);
  if (config.stage == 1) {
    stage1_ = std::make_unique<Stage1>(config, options);
    Register("text_encoder", &stage1_->text_encoder);
    Register("lang_proj", &stage1_->lang_proj);
  } else {
    stage2_ = std::make_unique<Stage2>(config, options);
    Register("action_latent_controllable", &stage2_->queries, query_shape, options);
    Register("to_codebook_uncontrol", &stage2_->to_codebook);
    Register("action_up_uncontrol", &stage2_->action_up);
    Register("vq_action", &stage2_->vq);
  }
}

void LatentActionModel::FreezeBackbones() {
  dino_encoder_.SetRequiresGrad(false);
  if (stage1_ != nullptr && config_.text_frozen) stage1_->text_encoder.SetRequiresGrad(false);
  if (stage2_ != nullptr) vq_.SetRequiresGrad(false);
}

at::Tensor LatentActionModel::Features(const at::Tensor& frames) const {
  const c10::NoGradGuard no_grad;
  at::Tensor features = dino_encoder_.forward(Normalize(frames, kImageNetScale));
  if (config_.feature_pool == 1) return features;
  const int64_t grid = config_.features.grid();
  const at::Tensor picture = features.transpose(1, 2).unflatten(2, {grid, grid});
  return at::avg_pool2d(picture, config_.feature_pool).flatten(2).transpose(1, 2);
}

at::Tensor LatentActionModel::EncodeText(const LamText& text) const {
  LIBERO_CHECK(text.ids.defined() && text.mask.defined());
  const c10::AutoGradMode grad_mode(c10::GradMode::is_enabled() && !config_.text_frozen);
  return stage1_->text_encoder.forward(text.ids, text.mask);
}

LatentActionModel::Encoded LatentActionModel::Encode(const at::Tensor& features,
                                                     const LamText& text) const {
  const int64_t batch = features.size(0);
  const int64_t count = config_.num_queries;
  const auto expand = [&](const at::Tensor& queries) {
    return queries.expand({batch, features.size(1), -1, -1});
  };
  Encoded result;
  at::Tensor encoded;
  if (stage1_ != nullptr) {
    const at::Tensor projected = stage1_->lang_proj.forward(EncodeText(text));
    const auto with_frame = [&](const at::Tensor& masks) {  // (B, T, L) → (B, T, N + P + L)
      const at::Tensor sees_all = at::ones({batch, masks.size(1), count + features.size(2)},
                                           masks.options().dtype(at::kBool));
      return at::cat({sees_all, masks > 0}, 2);
    };
    result.mask = with_frame(text.mask.unsqueeze(1));
    result.text = projected;
    encoded = encoder_.forward(at::cat({expand(action_latent_), features}, 2),
                               projected.unsqueeze(1).expand({-1, features.size(1), -1, -1}),
                               text.frame_masks.defined()
                                   ? with_frame(text.frame_masks)
                                   : result.mask.expand({-1, features.size(1), -1}));
    if (config_.decoder_text_from_encoder) {
      result.text = encoded.select(/*dim=*/1, 1).slice(/*dim=*/1, count + features.size(2));
    }
    result.action =
        vq_.forward(to_codebook_.forward(encoded.select(/*dim=*/1, 1).slice(/*dim=*/1, 0, count)));
    return result;
  }
  encoded = encoder_.forward(
      at::cat({expand(stage2_->queries), expand(action_latent_), features}, 2), {}, {});
  const at::Tensor second = encoded.select(/*dim=*/1, 1);
  result.action = stage2_->vq.forward(to_codebook_.forward(second.slice(/*dim=*/1, 0, count)));
  result.irrelevant =
      vq_.forward(stage2_->to_codebook.forward(second.slice(/*dim=*/1, count, 2 * count)));
  return result;
}

LamOutput LatentActionModel::forward(const at::Tensor& features, const LamText& text) const {
  LIBERO_CHECK(features.dim() == 4 && features.size(1) == 2);
  const Encoded encoded = Encode(features, text);
  std::vector<at::Tensor> tokens = {action_up_.forward(encoded.action.quantized)};
  if (stage2_ != nullptr) {
    tokens.push_back(stage2_->action_up.forward(encoded.irrelevant.quantized));
  }
  const int64_t first_patch = config_.num_queries * static_cast<int64_t>(tokens.size());
  tokens.push_back(patch_up_.forward(features.select(/*dim=*/1, 0)));
  const at::Tensor text_frames = encoded.text.defined() ? encoded.text.unsqueeze(1) : at::Tensor();
  const at::Tensor decoded =
      decoder_.forward(at::cat(tokens, 1).unsqueeze(1), text_frames, encoded.mask);
  return {.action = encoded.action,
          .irrelevant = encoded.irrelevant,
          .prediction = decoded.squeeze(1).narrow(/*dim=*/1, first_patch, features.size(2)),
          .target = features.select(/*dim=*/1, 1)};
}

at::Tensor LatentActionModel::Label(const at::Tensor& features, const LamText& text) const {
  const c10::NoGradGuard no_grad;
  return Encode(features, text).action.indices;
}

at::Tensor LamLoss(const LamOutput& output) {
  at::Tensor loss = (output.prediction - output.target).square().mean();
  loss = loss + QuantizationLoss(output.action);
  if (output.irrelevant.indices.defined()) loss = loss + QuantizationLoss(output.irrelevant);
  return loss;
}

}  // namespace libero
