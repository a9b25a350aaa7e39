#pragma once

#include <memory>
#include <optional>
#include <string>

#include <c10/core/Device.h>

#include "policy/action_model.h"
#include "policy/checkpoint/action_models.h"
#include "policy/checkpoint/load_networks.h"
#include "sim/base/thread_pool.h"

namespace libero {

// UniVLA's networks as an ActionModel, see action_models.h: prompts are padded on the right, rows
// do not see each other, the action decoder runs in float32. One thread at a time.
class NetworkActionModel : public ActionModel {
 public:
  // `name` is for records. Options: the quirks and the threads count. Throws Error if the sizes are
  // not those of a policy for LIBERO, or an option cannot be.
  NetworkActionModel(PolicyNetworks networks, at::Device device, const std::string& name,
                     const NetworkOptions& options);

  [[nodiscard]] const ActionModelInfo& info() const override { return info_; }
  void Predict(std::span<const ActionQuery> queries, const DecodeOptions& decode,
               std::span<ActionAnswer> answers) override;
  void MeasureStages(StageTimes* times) override { times_ = times; }
  [[nodiscard]] int64_t peak_gpu_bytes() const override;

 private:
  class StageClock;

  void PredictBatch(std::span<const ActionQuery> queries, const DecodeOptions& decode,
                    KvCache cache, StageClock& clock, std::span<ActionAnswer> answers) const;
  void PredictInBatches(std::span<const ActionQuery> queries, const DecodeOptions& decode,
                        std::span<ActionAnswer> answers);
  void PredictSideBySide(std::span<const ActionQuery> queries, const DecodeOptions& decode,
                         std::span<ActionAnswer> answers);
  [[nodiscard]] at::Tensor MakePixels(std::span<const ActionQuery> queries) const;
  [[nodiscard]] KvCache CacheFor(std::span<const ActionQuery> queries);

  PolicyNetworks networks_;
  at::Device device_;
  ActionModelInfo info_;
  bool in_batches_;
  int64_t first_visual_state_;           // of the sequence <s>, patches, prompt
  std::optional<KvCache> cache_;         // the largest that batches have needed so far
  std::unique_ptr<ThreadPool> workers_;  // null with one thread, and for batches
  StageTimes* times_ = nullptr;
};

}  // namespace libero
