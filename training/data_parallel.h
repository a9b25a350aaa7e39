#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "policy/nn/module.h"

namespace libero {

// The processes that train one model together, each on its share of every batch. All of them make
// the same calls in the same order.
class DataParallel {
 public:
  virtual ~DataParallel() = default;

  [[nodiscard]] virtual int rank() const { return 0; }  // 0 … size() − 1; 0 writes files
  [[nodiscard]] virtual int size() const { return 1; }

  // Says that the next backward pass is the last of a step, whose gradients are to be averaged;
  // call before the step's first forward pass. `parameters` are the same at every call.
  virtual void Begin(const std::vector<NamedTensor>& /*parameters*/) {}

  // Waits until the gradients are the averages over all processes.
  virtual void Finish(const std::vector<NamedTensor>& /*parameters*/) {}

  // Replaces numbers by their averages over all processes.
  virtual void Average(at::Tensor* /*numbers*/) {}

  // Waits for all.
  virtual void Barrier() {}
};

}  // namespace libero
