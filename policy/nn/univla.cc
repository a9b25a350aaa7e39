#include "policy/nn/univla.h"

#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "sim/base/check.h"

namespace libero {

UniVla::VisionBackbone::VisionBackbone(const UniVlaConfig& config, const at::TensorOptions& options)
    : featurizer(config.featurizer, options), fused_featurizer(config.fused_featurizer, options) {
  Register("featurizer", &featurizer);
  Register("fused_featurizer", &fused_featurizer);
}

UniVla::Projector::Projector(const UniVlaConfig& config, const at::TensorOptions& options)
    : fc1(config.vision_dim(), config.projector_dim, /*bias=*/true, options),
      fc2(config.projector_dim, config.language_model.dim, /*bias=*/true, options),
      fc3(config.language_model.dim, config.language_model.dim, /*bias=*/true, options) {
  Register("fc1", &fc1);
  Register("fc2", &fc2);
  Register("fc3", &fc3);
}

UniVla::UniVla(const UniVlaConfig& config, const at::TensorOptions& options)
    : config_(config),
      vision_backbone_(config, options),
      projector_(config, options),
      language_model_(config.language_model, options) {
  Register("vision_backbone", &vision_backbone_);
  Register("projector", &projector_);
  Register("language_model", &language_model_);
}

at::Tensor UniVla::EmbedPixels(const at::Tensor& pixels) const {
  LIBERO_CHECK(pixels.dim() == 4 && pixels.size(1) == 6);
  const at::Tensor typed = pixels.to(projector_.fc1.weight().scalar_type());
  const VisionBackbone& towers = vision_backbone_;
  const at::Tensor features = at::cat(
      {towers.featurizer.Intermediate(typed.narrow(/*dim=*/1, 0, 3), config_.featurizer.depth - 1),
       towers.fused_featurizer.Intermediate(typed.narrow(/*dim=*/1, 3, 3),
                                            config_.fused_featurizer.depth - 1)},
      -1);
  const at::Tensor hidden = at::gelu(projector_.fc1.forward(features));
  return projector_.fc3.forward(at::gelu(projector_.fc2.forward(hidden)));
}

at::Tensor UniVla::Embed(const at::Tensor& patches, const at::Tensor& ids) const {
  const at::Tensor text = language_model_.Embed(ids);
  return at::cat({text.slice(/*dim=*/1, 0, 1), patches, text.slice(/*dim=*/1, 1)}, 1);
}

at::Tensor UniVla::forward(const at::Tensor& pixels, const at::Tensor& ids) const {
  return ForwardPatches(EmbedPixels(pixels), ids);
}

at::Tensor UniVla::ForwardPatches(const at::Tensor& patches, const at::Tensor& ids) const {
  return language_model_.forward(Embed(patches, ids));
}

at::Tensor UniVla::Logits(const at::Tensor& hidden) const {
  return language_model_.Logits(hidden);
}

at::Tensor UniVla::ActionLogits(const at::Tensor& hidden) const {
  return language_model_.Logits(hidden, config_.first_action_id, config_.num_action_ids);
}

KvCache UniVla::MakeCache(int64_t batch, int64_t max_length) const {
  // the last token of an answer is chosen and not read
  return {language_model_.config(), batch,
          config_.num_patches() + max_length + config_.tokens_per_action - 1,
          projector_.fc3.weight().options().requires_grad(false)};
}

VlaAnswer UniVla::Answer(const at::Tensor& pixels, const at::Tensor& ids, const at::Tensor& lengths,
                         const TokenChooser& choose, KvCache* cache) const {
  const c10::NoGradGuard no_grad;
  return AnswerPatches(EmbedPixels(pixels), ids, lengths, choose, cache);
}

VlaAnswer UniVla::AnswerPatches(const at::Tensor& patches, const at::Tensor& ids,
                                const at::Tensor& lengths, const TokenChooser& choose,
                                KvCache* cache) const {
  DecodeStep step = MakeDecodeStep(*cache, {});
  return AnswerPatches(patches, ids, lengths, choose, &step);
}

VlaAnswer UniVla::AnswerPatches(const at::Tensor& patches, const at::Tensor& ids,
                                const at::Tensor& lengths, const TokenChooser& choose,
                                DecodeStep* step) const {
  KvCache* const cache = &step->cache();
  LIBERO_CHECK(cache->lengths.size(0) == ids.size(0));
  LIBERO_CHECK(cache->capacity() >=
               config_.num_patches() + ids.size(1) + config_.tokens_per_action - 1);
  const c10::NoGradGuard no_grad;
  const at::Tensor embeddings = Embed(patches, ids);
  const at::Tensor row_lengths = lengths + config_.num_patches();
  const at::Tensor prompt = language_model_.Prefill(embeddings, row_lengths, cache);
  const at::Tensor last = (row_lengths - 1).view({-1, 1, 1}).expand({-1, 1, prompt.size(2)});
  at::Tensor hidden = prompt.gather(/*dim=*/1, last);
  std::vector<at::Tensor> states;
  std::vector<at::Tensor> tokens;
  for (int64_t place = 0; place < config_.tokens_per_action; ++place) {
    if (place > 0) hidden = step->Append(tokens.back() + config_.first_action_id);
    states.push_back(hidden);
    tokens.push_back(choose(ActionLogits(hidden.squeeze(1)), place));
  }
  return {.tokens = at::stack(tokens, 1), .latent = at::cat(states, 1), .prompt = prompt};
}

at::Tensor ChooseGreedily(const at::Tensor& logits, int64_t /*place*/) {
  return logits.argmax(-1);
}

}  // namespace libero
