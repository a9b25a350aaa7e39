#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "policy/nn/module.h"

namespace libero {

// The processes that train one model together, each on its share of every batch. All of them make
// the same calls in the same order, from one thread each. This class: one process alone.
class DataParallel {
 public:
  DataParallel() = default;
  virtual ~DataParallel() = default;
  DataParallel(const DataParallel&) = delete;
  DataParallel& operator=(const DataParallel&) = delete;

  [[nodiscard]] virtual int rank() const { return 0; }  // 0 … size() − 1; 0 writes files
  [[nodiscard]] virtual int size() const { return 1; }

  // Gives all processes rank 0's values. The parameters' names and shapes are the same in all.
  virtual void Share(const std::vector<NamedTensor>& /*parameters*/) {}

  // Says that the next backward pass is the last of a step; call before its forward pass. Which of
  // `parameters` get gradients, and these themselves, are the same at every call, and so is
  // `overlaps`: gradients are averaged as the backward pass comes to them. Without it nothing
  // happens before Finish, and other threads' gradients may be added until then.
  virtual void Begin(const std::vector<NamedTensor>& /*parameters*/, bool /*overlaps*/) {}

  // Waits until the gradients are the averages over all processes.
  virtual void Finish() {}

  // Replaces numbers by their averages over all processes.
  virtual void Average(at::Tensor* /*numbers*/) {}

  // The tensors of all processes, which have the same shape (n, …), one below the other in the
  // order of ranks: (size() · n, …).
  [[nodiscard]] virtual at::Tensor Gather(const at::Tensor& own) { return own; }

  // Waits for all, however long they take.
  virtual void Barrier() {}

  // For after a failure that may come of another process: throws Error if one no longer answers,
  // and says which. Seconds.
  virtual void CheckOthers() {}
};

}  // namespace libero
