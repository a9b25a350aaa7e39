#pragma once

#include <memory>

#include <ATen/core/Tensor.h>

#include "policy/nn/config.h"
#include "policy/nn/layers.h"
#include "policy/nn/spatio_temporal.h"
#include "policy/nn/t5_encoder.h"
#include "policy/nn/vector_quantizer.h"
#include "policy/nn/vit.h"

namespace libero {

// An instruction for stage 1: (B, L) ids of T5's tokenizer, and 1 for text, 0 for padding.
// Undefined tensors in stage 2.
struct LamText {
  at::Tensor ids, mask;

  // (B, 2, L): what the encoder takes for the mask of either frame, see
  // Quirks::masks_text_of_other_example; undefined: the row's own.
  at::Tensor frame_masks;
};

struct LamOutput {
  Quantized action;       // (B, N, code_dim): stage 1's codes, or the task-centric ones of stage 2
  Quantized irrelevant;   // stage 2: the task-irrelevant ones; undefined in stage 1
  at::Tensor prediction;  // (B, P, features): the second frame's features, as predicted
  at::Tensor target;      // (B, P, features): as they are
};

// Learns what happened between two frames, as N of a few codes: frame 0's features and the codes
// have to predict frame 1's features.
//
//   frames ─ DINOv2 ─ [queries | features | text] ─ encoder ─ queries of frame 1 ─ VQ ─ codes
//   [codes | features of frame 0 | text] ─ decoder ─ features of frame 1
//
// Stage 1: one set of queries, with the instruction, so that its codes are for what the instruction
// does not tell. Stage 2: those again, frozen codebook "vq", and new ones, "vq_action", which have
// to say the rest: the latent actions that policies learn.
// source: OpenDriveLab/UniVLA@0ab9e9d:latent_action_model/genie/modules/lam.py
class LatentActionModel : public Module {
 public:
  LatentActionModel(const LamConfig& config, const at::TensorOptions& options);

  // Frames (B, 3, H, W), values 0 … 1 → features (B, P, features), pooled. The backbone is frozen:
  // no gradients.
  [[nodiscard]] at::Tensor Features(const at::Tensor& frames) const;

  // Features (B, 2, P, features) of two frames each.
  [[nodiscard]] LamOutput forward(const at::Tensor& features, const LamText& text) const;

  // The latent actions alone: (B, N) int64.
  [[nodiscard]] at::Tensor Label(const at::Tensor& features, const LamText& text) const;

  [[nodiscard]] const LamConfig& config() const { return config_; }

  // Asks for no gradients of what is not trained: DINOv2, T5 (see text_frozen), and in stage 2 the
  // codebook of stage 1.
  void FreezeBackbones();

  // DINOv2, for presets that have to train their own.
  [[nodiscard]] Vit& backbone() { return dino_encoder_; }

 private:
  struct Encoded {
    Quantized action, irrelevant;
    at::Tensor text;  // (B, L, D) for the decoder, or undefined
    at::Tensor mask;  // (B, 1, N + P + L), likewise
  };
  [[nodiscard]] Encoded Encode(const at::Tensor& features, const LamText& text) const;
  [[nodiscard]] at::Tensor EncodeText(const LamText& text) const;

  // What only one of the stages has.
  struct Stage1 {
    Stage1(const LamConfig& config, const at::TensorOptions& options);
    T5Encoder text_encoder;
    Linear lang_proj;
  };
  struct Stage2 {
    Stage2(const LamConfig& config, const at::TensorOptions& options);
    at::Tensor queries;
    Linear to_codebook, action_up;
    VectorQuantizer vq;
  };

  LamConfig config_;
  Vit dino_encoder_;
  at::Tensor action_latent_;
  StTransformer encoder_;
  Linear to_codebook_;
  VectorQuantizer vq_;
  Linear patch_up_, action_up_;
  StTransformer decoder_;
  std::unique_ptr<Stage1> stage1_;  // null in stage 2
  std::unique_ptr<Stage2> stage2_;  // null in stage 1
};

// mean((prediction − target)²) + QuantizationLoss of every set of codes. The loss of training.
[[nodiscard]] at::Tensor LamLoss(const LamOutput& output);

}  // namespace libero
