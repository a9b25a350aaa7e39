#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <c10/core/Device.h>

#include "policy/action_model.h"
#include "policy/checkpoint/action_models.h"
#include "policy/checkpoint/load_networks.h"
#include "policy/cuda_image_transform.h"
#include "sim/base/thread_pool.h"

namespace libero {

// UniVLA's networks as an ActionModel, see action_models.h: prompts are padded on the right, rows
// do not see each other, the action decoder runs in float32. One thread at a time. On a GPU frames
// are transformed there, where the kernels have been built and can (sizes that are multiples of
// 16), and decoding steps are CUDA graphs.
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
                    DecodeStep* step, StageClock& clock, std::span<ActionAnswer> answers) const;
  void PredictInBatches(std::span<const ActionQuery> queries, const DecodeOptions& decode,
                        std::span<ActionAnswer> answers);
  void PredictSideBySide(std::span<const ActionQuery> queries, const DecodeOptions& decode,
                         std::span<ActionAnswer> answers);
  [[nodiscard]] at::Tensor MakePixels(std::span<const ActionQuery> queries) const;
  [[nodiscard]] DecodeStep& StepFor(std::span<const ActionQuery> queries);

  PolicyNetworks networks_;
  at::Device device_;
  ActionModelInfo info_;
  std::unique_ptr<CudaImageTransform> image_transform_;  // null: pictures come transformed
  bool in_batches_;
  int64_t first_visual_state_;    // of the sequence <s>, patches, prompt
  std::optional<KvCache> cache_;  // the largest that batches have needed so far
  StepRecorder recorder_;
  std::map<std::pair<int64_t, int64_t>, DecodeStep> steps_;  // by rows and length of its part
  std::unique_ptr<ThreadPool> workers_;  // null with one thread, and for batches
  StageTimes* times_ = nullptr;
};

}  // namespace libero
