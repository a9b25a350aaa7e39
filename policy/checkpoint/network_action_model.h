#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <c10/core/Device.h>

#include "policy/action_model.h"
#include "policy/checkpoint/load_networks.h"

namespace libero {

// UniVLA's networks as an ActionModel: prompts are padded on the right, rows do not see each other,
// the action decoder runs in float32. One thread at a time, always the same one.
class NetworkActionModel : public ActionModel {
 public:
  // `name` is for records. `quirks` names a set, see policy/quirks.h. Throws Error if the sizes are
  // not those of a policy for LIBERO.
  NetworkActionModel(PolicyNetworks networks, at::Device device, const std::string& name,
                     const std::string& quirks);

  [[nodiscard]] const ActionModelInfo& info() const override { return info_; }
  void Predict(std::span<const ActionQuery> queries, const DecodeOptions& decode,
               std::span<ActionAnswer> answers) override;
  void MeasureStages(StageTimes* times) override { times_ = times; }
  [[nodiscard]] int64_t peak_gpu_bytes() const override;

 private:
  void PredictBatch(std::span<const ActionQuery> queries, const DecodeOptions& decode,
                    std::span<ActionAnswer> answers);
  [[nodiscard]] at::Tensor MakePixels(std::span<const ActionQuery> queries) const;
  [[nodiscard]] KvCache CacheFor(int64_t batch, int64_t prompt_length);
  void BeginStage();
  void EndStage(double StageTimes::*stage);

  PolicyNetworks networks_;
  at::Device device_;
  ActionModelInfo info_;
  int64_t first_visual_state_;    // of the sequence <s>, patches, prompt
  std::optional<KvCache> cache_;  // the largest that was needed so far
  StageTimes* times_ = nullptr;
  std::chrono::steady_clock::time_point stage_begin_;
};

}  // namespace libero
