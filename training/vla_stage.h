#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/action_statistics.h"
#include "policy/checkpoint/load_networks.h"
#include "policy/nn/layers.h"
#include "policy/proprio.h"
#include "policy/quirks.h"
#include "policy/tokenizer.h"
#include "training/latent_labels.h"
#include "training/stage.h"
#include "training/train_options.h"
#include "training/training_set.h"

namespace libero {

// What both stages of the VLA learn from. All outlive the stage.
struct VlaData {
  const TrainingSet* set = nullptr;
  const LatentLabels* labels = nullptr;
  const Tokenizer* tokenizer = nullptr;
  std::vector<const ActionStatistics*> statistics;  // of each demonstration
  std::vector<NetworkProprio> proprio;              // of each row; empty if no network is told it
};

// Trains the vision-language-action model to answer prompts with latent actions, and, with an
// action decoder, to move: loss = cross-entropy of the answer's tokens, end included, + mean
// |plan − actions|. Both go through the whole model. If the recipe says so, the states that tell
// the latent actions also tell, through a linear layer that is thrown away, where the hand will be
// at the next keyframe: which thing is meant is then learnt from every picture, not only from those
// where ways part.
// source: OpenDriveLab/UniVLA@0ab9e9d:vla-scripts/{train,finetune_libero}.py
class VlaStage : public Stage {
 public:
  // `networks` outlive the stage; `with_actions`: finetune.
  VlaStage(PolicyNetworks* networks, VlaData data, bool with_actions, const Recipe& recipe,
           const Quirks& quirks, uint64_t seed);

  [[nodiscard]] std::vector<NamedTensor> parameters() override;
  [[nodiscard]] int64_t num_examples() const override;
  [[nodiscard]] Batch MakeBatch(const std::vector<Sample>& samples) const override;
  [[nodiscard]] StageLoss Loss(const Batch& batch) const override;
  [[nodiscard]] std::unique_ptr<Stage> MakeReplica() override;

  // Calls a function while adapters, if there are any, are merged into the weights; afterwards both
  // are as before, bit by bit. Costs a copy of the VLA's weights in the CPU's memory.
  void WhileMerged(const std::function<void()>& function);

  // Puts adapters into the weights, which are then all there is of the model.
  void Finish();

 private:
  VlaStage(const VlaStage& other, std::unique_ptr<PolicyNetworks> networks);
  struct Example;
  [[nodiscard]] Example MakeExample(const Sample& sample) const;
  [[nodiscard]] at::Tensor KeyframeLoss(const at::Tensor& latent, const Batch& batch) const;

  std::unique_ptr<PolicyNetworks> own_networks_;  // of a replica
  PolicyNetworks* networks_;
  std::unique_ptr<Linear> keyframe_head_;  // nullptr without that loss
  VlaData data_;
  bool with_actions_;
  Recipe recipe_;
  Quirks quirks_;
  uint64_t seed_;
  std::vector<std::pair<size_t, int>> examples_;  // demonstration and step
};

}  // namespace libero
