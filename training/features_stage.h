#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/checkpoint/load_networks.h"
#include "policy/nn/latent_action_model.h"
#include "policy/nn/layers.h"
#include "training/stage.h"
#include "training/train_options.h"
#include "training/training_set.h"

namespace libero {

// Where everything is in each row of a training set.
struct ScenePositions {
  std::vector<std::vector<double>> rows;  // the hand's position (m) and those of the state
  std::vector<std::string> things;  // of each demonstration: equal where the scene has the same
};

// Teaches image features to presets that are too small for the published ones: two vision
// transformers learn to tell from a picture where everything is, that is, the recorded positions of
// joints and objects. The first is the latent action model's backbone, and also the beginning of
// the VLA's first tower, as both are DINOv2 in the published model; the second is the other tower.
//
//   picture ─ patches' features ─ each: linear ─ GELU ─ linear, for each kind of scene ─ positions
//
// Every patch is to tell all of them: attention then finds them wherever it looks. Features that
// tell them only together are learnt in half the time, but language model and action decoder
// behind them learn no sooner than from poor ones.
//
// The positions are scaled to mean 0 and variance 1 over all scenes with the same things; those
// that hardly change are left out. The loss is their mean absolute error, so that the last
// millimetres count.
class FeaturesStage : public Stage {
 public:
  // `lam`, `networks` and `data` outlive the stage. `positions` are those of the data's rows and
  // demonstrations.
  FeaturesStage(LatentActionModel* lam, PolicyNetworks* networks, const TrainingSet* data,
                const ScenePositions& positions, const Recipe& recipe, uint64_t seed);

  [[nodiscard]] std::vector<NamedTensor> parameters() override;
  [[nodiscard]] int64_t num_examples() const override;
  [[nodiscard]] Batch MakeBatch(const std::vector<Sample>& samples) const override;
  [[nodiscard]] StageLoss Loss(const Batch& batch) const override;
  [[nodiscard]] std::unique_ptr<Stage> MakeReplica() override;

  // Makes the VLA's first tower begin as the latent action model's backbone.
  void Finish();

 private:
  // Reads positions from a patch's feature: (B, patches, D) → (B, patches, outputs).
  struct Head : Module {
    Head(int64_t num_features, int64_t num_outputs, const at::TensorOptions& options);
    [[nodiscard]] at::Tensor forward(const at::Tensor& features) const;
    [[nodiscard]] std::unique_ptr<Head> MakeAlike() const;  // with no values
    Linear hidden, out;
  };
  void MakeTargets(const ScenePositions& positions);
  [[nodiscard]] at::Tensor HeadLoss(const Head& head, const at::Tensor& features,
                                    const at::Tensor& rows) const;

  FeaturesStage(const FeaturesStage& other);

  std::unique_ptr<Vit> own_backbone_, own_fused_;  // of a replica
  PolicyNetworks* networks_;
  Vit* backbone_;
  Vit* fused_;
  const TrainingSet* data_;
  Recipe recipe_;
  uint64_t seed_;
  at::Tensor kinds_;              // (rows) int64: the kind of scene of each
  at::Tensor targets_, weights_;  // (rows, N), and 1 for numbers that there are, else 0
  std::unique_ptr<Head> lam_head_, fused_head_;
};

}  // namespace libero
