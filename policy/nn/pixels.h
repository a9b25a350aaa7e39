#pragma once

#include <array>

#include <ATen/core/Tensor.h>

namespace libero {

// Mean and standard deviation of red, green and blue that a tower was trained with; of values 0…1.
struct PixelStatistics {
  std::array<float, 3> mean;
  std::array<float, 3> deviation;
};

inline constexpr PixelStatistics kImageNet = {{0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}};
inline constexpr PixelStatistics kSigLip = {{0.5F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F}};

// (B, 3, H, W), values 0 … 1 → (value − mean) / deviation, by channel.
[[nodiscard]] at::Tensor Normalize(const at::Tensor& frames, const PixelStatistics& statistics);

}  // namespace libero
