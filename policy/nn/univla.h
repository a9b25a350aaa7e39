#pragma once

#include <functional>

#include <ATen/core/Tensor.h>

#include "policy/nn/config.h"
#include "policy/nn/decode_step.h"
#include "policy/nn/layers.h"
#include "policy/nn/llama.h"
#include "policy/nn/vit.h"

namespace libero {

// What answering a prompt gives: everything that the action decoder needs.
struct VlaAnswer {
  at::Tensor tokens;  // (B, N) int64: 0 … num_action_ids − 1
  at::Tensor latent;  // (B, N, D): the hidden states that each token was chosen from
  at::Tensor prompt;  // (B, 1 + P + L − 1, D): all hidden states of the prompt
};

// Chooses a token for each row of logits (B, num_action_ids): (B) int64. `place` counts from 0.
using TokenChooser = std::function<at::Tensor(const at::Tensor& logits, int64_t place)>;

// A picture and a prompt → latent actions, as Prismatic's VLMs do it:
//
//   pixels ─ featurizer, fused_featurizer ─ concatenated ─ projector ─┐
//   prompt ─ embed_tokens ─ [BOS | P patches | rest of the prompt] ───┴─ language_model ─ lm_head
//
// Towers give the output of their last block but one, without prefix tokens and without a norm; so
// the last block, "norm" and "attn_pool" are in the files and not used.
// source: openvla/openvla@c8f03f4:prismatic/extern/hf/modeling_prismatic.py
class UniVla : public Module {
 public:
  UniVla(const UniVlaConfig& config, const at::TensorOptions& options);

  // pixels (B, 6, H, W): normalised for the featurizer (3) and for the fused one (3), of any type;
  // → (B, P, D) embeddings for the language model.
  [[nodiscard]] at::Tensor EmbedPixels(const at::Tensor& pixels) const;

  // ids (B, L) int64, the first of which is BOS, padded on the right → hidden states
  // (B, P + L, D): BOS, the patches, tokens 1 … L − 1.
  [[nodiscard]] at::Tensor forward(const at::Tensor& pixels, const at::Tensor& ids) const;

  // The same with what EmbedPixels has made of the pictures.
  [[nodiscard]] at::Tensor ForwardPatches(const at::Tensor& patches, const at::Tensor& ids) const;

  // Hidden states (…, D) → logits (…, V), or of the latent actions only (…, num_action_ids).
  [[nodiscard]] at::Tensor Logits(const at::Tensor& hidden) const;
  [[nodiscard]] at::Tensor ActionLogits(const at::Tensor& hidden) const;

  // A cache for answering `batch` rows with prompts of at most `max_length` tokens, to be used
  // again and again: for the published sizes it takes 170 MB a row in bf16.
  [[nodiscard]] KvCache MakeCache(int64_t batch, int64_t max_length) const;

  // Answers each row's prompt with N = tokens_per_action latent actions. ids as above, each row
  // with `lengths` (B) int64 tokens. `cache` is of B rows and at least L tokens (CHECK); what was
  // in it does not matter. Rows do not affect each other. No gradients.
  [[nodiscard]] VlaAnswer Answer(const at::Tensor& pixels, const at::Tensor& ids,
                                 const at::Tensor& lengths, const TokenChooser& choose,
                                 KvCache* cache) const;

  // The same with what EmbedPixels has made of the pictures.
  [[nodiscard]] VlaAnswer AnswerPatches(const at::Tensor& patches, const at::Tensor& ids,
                                        const at::Tensor& lengths, const TokenChooser& choose,
                                        KvCache* cache) const;

  // The same with the cache of a decoding step, which is used again and again: recorded with it.
  [[nodiscard]] VlaAnswer AnswerPatches(const at::Tensor& patches, const at::Tensor& ids,
                                        const at::Tensor& lengths, const TokenChooser& choose,
                                        DecodeStep* step) const;
  [[nodiscard]] DecodeStep MakeDecodeStep(const KvCache& cache,
                                          const StepRecorder& recorder) const {
    return {&language_model_, cache, recorder};
  }

  [[nodiscard]] const UniVlaConfig& config() const { return config_; }

  // The towers, for presets that have to train their own.
  [[nodiscard]] Vit& featurizer() { return vision_backbone_.featurizer; }
  [[nodiscard]] Vit& fused_featurizer() { return vision_backbone_.fused_featurizer; }

 private:
  struct VisionBackbone : Module {
    VisionBackbone(const UniVlaConfig& config, const at::TensorOptions& options);
    Vit featurizer, fused_featurizer;
  };
  struct Projector : Module {
    Projector(const UniVlaConfig& config, const at::TensorOptions& options);
    Linear fc1, fc2, fc3;
  };

  [[nodiscard]] at::Tensor Embed(const at::Tensor& patches, const at::Tensor& ids) const;

  UniVlaConfig config_;
  VisionBackbone vision_backbone_;
  Projector projector_;
  Llama language_model_;
};

// The token with the largest logit, for UniVla::Answer.
[[nodiscard]] at::Tensor ChooseGreedily(const at::Tensor& logits, int64_t place);

}  // namespace libero
