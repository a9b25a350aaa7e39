#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace libero {

using Rgb = std::array<uint8_t, 3>;

// A picture to draw on and to look at: 8-bit RGB, row 0 is the TOP row, unlike in Image.
struct Canvas {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // (height, width, 3)
};

}  // namespace libero
