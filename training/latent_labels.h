#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "policy/action_model.h"
#include "policy/nn/latent_action_model.h"
#include "training/training_set.h"
#include "training/windows.h"

namespace libero {

// The latent actions between any row of a demonstration and the one that comes a plan later, both
// kept within the demonstration. Windows of the published kind begin up to 12 steps before it.
class LatentLabels {
 public:
  static constexpr int64_t kStepsBefore = 12;

  // Computes those of all demonstrations from their pictures' features (rows, P, D).
  LatentLabels(const LatentActionModel& model, const TrainingSet& data, const at::Tensor& features);

  // From what ToTensor gave.
  LatentLabels(const TrainingSet& data, const at::Tensor& codes);
  [[nodiscard]] const at::Tensor& codes() const { return codes_; }

  // Of a demonstration's pair, 11 rows apart or less at one of its ends.
  [[nodiscard]] std::array<int, kNumActTokens> At(size_t demo, const RowPair& pair) const;

 private:
  const TrainingSet* data_;
  at::Tensor codes_;  // (rows + 12 · demonstrations, 4) u8
};

}  // namespace libero
