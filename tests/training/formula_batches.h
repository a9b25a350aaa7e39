#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "training/stage.h"

namespace libero {

// A stage on the batches of tests/golden/record_training.py instead of its own: those of 3 samples,
// one after another, whatever the examples.
class FormulaBatches : public Stage {
 public:
  static constexpr int64_t kBatchSize = 3;

  explicit FormulaBatches(Stage* stage) : stage_(stage) {}
  [[nodiscard]] std::vector<NamedTensor> parameters() override { return stage_->parameters(); }
  [[nodiscard]] int64_t num_examples() const override { return 100; }
  [[nodiscard]] Batch MakeBatch(const std::vector<Sample>& samples) const override;
  [[nodiscard]] StageLoss Loss(const Batch& batch) const override { return stage_->Loss(batch); }
  [[nodiscard]] std::unique_ptr<Stage> MakeReplica() override { return nullptr; }

 private:
  Stage* stage_;
};

}  // namespace libero
