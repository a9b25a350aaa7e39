#pragma once

#include <array>

namespace libero {

// How a vision tower wants its pixels: (value - mean) / std of red, green and blue from 0 to 1.
struct ChannelScale {
  std::array<float, 3> mean{};
  std::array<float, 3> std{};
};
inline constexpr ChannelScale kImageNetScale = {{0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}};
inline constexpr ChannelScale kSigLipScale = {{0.5F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F}};

}  // namespace libero
