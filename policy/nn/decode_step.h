#pragma once

#include <memory>

#include <ATen/core/Tensor.h>

#include "policy/nn/llama.h"
#include "policy/nn/step_graph.h"

namespace libero {

// Appends tokens to the rows of a cache, one each at a time. With a recorder, what the second one
// takes is recorded, and launched from the recording from then on.
class DecodeStep {
 public:
  // `llama` outlives it. `cache` shares its memory with the caller's. An empty recorder: none.
  DecodeStep(const Llama* llama, KvCache cache, StepRecorder recorder);

  [[nodiscard]] KvCache& cache() { return cache_; }

  // ids (B) int64, B the cache's rows → hidden states (B, 1, D). No gradients.
  [[nodiscard]] at::Tensor Append(const at::Tensor& ids);

 private:
  [[nodiscard]] at::Tensor Step(const at::Tensor& ids);
  void Record(const at::Tensor& ids);

  const Llama* llama_;
  KvCache cache_;
  StepRecorder recorder_;
  bool has_stepped_ = false;
  at::Tensor ids_, hidden_;  // what the recording reads and writes
  std::unique_ptr<StepGraph> graph_;
};

}  // namespace libero
