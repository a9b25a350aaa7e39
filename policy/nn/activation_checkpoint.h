#pragma once

#include <functional>

#include <ATen/core/Tensor.h>

namespace libero {

// While one is alive, layers of the towers and the language model keep nothing for the backward
// pass but their input, and are computed once more in it: a third more work, a fraction of the
// memory. Of this thread; may be nested.
class ActivationCheckpoints {
 public:
  explicit ActivationCheckpoints(bool is_on);
  ~ActivationCheckpoints();
  ActivationCheckpoints(const ActivationCheckpoints&) = delete;
  ActivationCheckpoints& operator=(const ActivationCheckpoints&) = delete;

 private:
  bool before_;
};

// layer(x); with its intermediate results dropped if checkpoints are on and gradients are wanted.
// `layer` must compute the same again and outlive the backward pass with what it refers to.
[[nodiscard]] at::Tensor Checkpointed(const std::function<at::Tensor(const at::Tensor&)>& layer,
                                      const at::Tensor& x);

}  // namespace libero
