#include "policy/nn/pixels.h"

#include <ATen/ATen.h>

namespace libero {

at::Tensor Normalize(const at::Tensor& frames, const ChannelScale& scale) {
  const at::TensorOptions options = frames.options().requires_grad(false);
  const at::Tensor mean = at::tensor(scale.mean, options).view({3, 1, 1});
  const at::Tensor deviation = at::tensor(scale.std, options).view({3, 1, 1});
  return (frames - mean) / deviation;
}

}  // namespace libero
