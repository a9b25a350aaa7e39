#include "policy/nn/pixels.h"

#include <ATen/ATen.h>

namespace libero {

at::Tensor Normalize(const at::Tensor& frames, const PixelStatistics& statistics) {
  const at::TensorOptions options = frames.options().requires_grad(false);
  const at::Tensor mean = at::tensor(statistics.mean, options).view({3, 1, 1});
  const at::Tensor deviation = at::tensor(statistics.deviation, options).view({3, 1, 1});
  return (frames - mean) / deviation;
}

}  // namespace libero
