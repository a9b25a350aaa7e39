#pragma once

#include <ATen/core/Tensor.h>

#include "policy/channel_scale.h"

namespace libero {

// (B, 3, H, W), values 0 … 1, scaled by channel.
[[nodiscard]] at::Tensor Normalize(const at::Tensor& frames, const ChannelScale& scale);

}  // namespace libero
