#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/nn/config.h"
#include "policy/nn/latent_action_model.h"
#include "policy/quirks.h"
#include "training/stage.h"
#include "training/train_options.h"
#include "training/training_set.h"

namespace libero {

// Steps between the two frames that a latent action is of: a plan's length less one.
inline constexpr int kLatentActionSteps = 11;

// Rows of demonstrations for training, and of every twentieth to see what it has learnt; without
// those after which noise moved the hand. Throws Error if there are none.
struct LamRows {
  std::vector<int64_t> trained, held_out;
};
[[nodiscard]] LamRows SplitRows(const TrainingSet& data);

// How well the model predicts pairs of features that it was not trained on.
struct LamQuality {
  double mse = 0;         // of predictions
  double copy_mse = 0;    // of taking the first frame's features for the second's
  double code_usage = 0;  // share of the codes that were used at all
};

// Trains a latent action model on pairs of cached features. Stage 2 begins with stage 1's queries
// and codebook; its other weights are new.
// source: OpenDriveLab/UniVLA@0ab9e9d:latent_action_model/genie/model.py
class LamStage : public Stage {
 public:
  // `features` (rows, P, D) of `data`; `text` has the instruction of each demonstration, stage 1
  // only. All outlive this object.
  LamStage(LatentActionModel* model, const TrainingSet* data, at::Tensor features,
           std::vector<std::vector<int64_t>> text, const Recipe& recipe, const Quirks& quirks,
           uint64_t seed);

  [[nodiscard]] std::vector<NamedTensor> parameters() override;
  [[nodiscard]] std::vector<NamedTensor> buffers() override;
  [[nodiscard]] int64_t num_examples() const override;
  [[nodiscard]] Batch MakeBatch(const std::vector<Sample>& samples) const override;
  [[nodiscard]] StageLoss Loss(const Batch& batch) const override;
  [[nodiscard]] std::unique_ptr<Stage> MakeReplica() override;
  void AfterPart(const StageLoss& loss) override;
  void AfterStep(int64_t step) override;

  // Over the rows that are held out.
  [[nodiscard]] LamQuality Measure() const;

 private:
  LamStage(const LamStage& other, std::unique_ptr<LatentActionModel> model);
  [[nodiscard]] at::Tensor Pairs(const at::Tensor& rows) const;  // (B, 2, P, D)
  [[nodiscard]] LamText Text(const at::Tensor& rows) const;
  void RestartCodes(int64_t step);

  std::unique_ptr<LatentActionModel> own_model_;  // of a replica
  LatentActionModel* model_;
  const TrainingSet* data_;
  at::Tensor features_, second_rows_, demos_;
  at::Tensor text_ids_, text_mask_;  // (demonstrations, L)
  LamRows rows_;
  Recipe recipe_;
  Quirks quirks_;
  uint64_t seed_;
  at::Tensor usage_;    // (codes): how often each was chosen since the last restart
  at::Tensor encoded_;  // (B · N, code_dim) of the last batch
};

}  // namespace libero
