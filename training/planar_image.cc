#include "training/planar_image.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr float kOneOver255 = 1.0F / 255.0F;

// std::clamp takes references, which keeps loops from being vectorised.
inline float ClipToOne(float x) {
  x = x < 0.0F ? 0.0F : x;
  return x > 1.0F ? 1.0F : x;
}
inline float Greater(float a, float b) {
  return a < b ? b : a;
}
inline float Less(float a, float b) {
  return b < a ? b : a;
}

// The sum in TensorFlow's order: the second half is added to the first until one number is left.
float FoldedSum(const std::vector<float>& values) {
  size_t size = values.size();
  size_t half = size / 2;
  std::vector<float> sums(values.begin(),
                          values.begin() + static_cast<std::ptrdiff_t>(size - half));
  const float* upper = values.data() + (size - half);
  while (half > 0) {
    for (size_t i = 0; i < half; ++i) sums[i] += upper[i];
    size -= half;
    half = size / 2;
    upper = sums.data() + (size - half);
  }
  return sums[0];
}

// A row of bytes / 255 as planes, one behind the other.
void SplitRow(const uint8_t* rgb, size_t width, float* out) {
  for (size_t x = 0; x < width; ++x) {
    for (size_t c = 0; c < 3; ++c) {
      out[c * width + x] = static_cast<float>(rgb[x * 3 + c]) * kOneOver255;
    }
  }
}

// Three planes of one row, stretched.
void StretchRow(const float* row, size_t width, std::span<const BilinearTap> columns, float* out) {
  for (size_t c = 0; c < 3; ++c) {
    const float* const values = row + c * width;
    for (const BilinearTap& tap : columns) {
      const float left = values[tap.below];
      *out++ = left + (values[tap.above] - left) * tap.fraction;
    }
  }
}

void CheckTaps(std::span<const BilinearTap> taps, int size) {
  LIBERO_CHECK(!taps.empty());
  for (const BilinearTap& tap : taps) {
    LIBERO_CHECK(tap.below >= 0 && tap.below <= tap.above && tap.above < size);
  }
}

}  // namespace

PlanarImage Crop(const Image& image, std::span<const BilinearTap> rows,
                 std::span<const BilinearTap> columns) {
  CheckTaps(rows, image.height);
  CheckTaps(columns, image.width);
  const auto in_width = static_cast<size_t>(image.width);
  const size_t width = columns.size();
  PlanarImage result = {static_cast<int>(width), static_cast<int>(rows.size()), {}};
  for (std::vector<float>& plane : result.planes) plane.resize(width * rows.size());

  // the two input rows that were stretched last; of the next output row they are often the same
  std::vector<float> split(in_width * 3);
  std::array<std::vector<float>, 2> stretched{std::vector<float>(width * 3),
                                              std::vector<float>(width * 3)};
  std::array<int, 2> which = {-1, -1};
  const auto stretch = [&](int row, size_t place) {
    if (which[place] == row) return;
    SplitRow(image.rgb.data() + static_cast<size_t>(row) * in_width * 3, in_width, split.data());
    StretchRow(split.data(), in_width, columns, stretched[place].data());
    which[place] = row;
  };
  for (size_t y = 0; y < rows.size(); ++y) {
    if (which[1] == rows[y].below) {
      std::swap(stretched[0], stretched[1]);
      std::swap(which[0], which[1]);
    }
    stretch(rows[y].below, 0);
    stretch(rows[y].above, 1);
    const float fraction = rows[y].fraction;
    for (size_t c = 0; c < 3; ++c) {
      const float* const top = stretched[0].data() + c * width;
      const float* const bottom = stretched[1].data() + c * width;
      float* const out = result.planes[c].data() + y * width;
      for (size_t x = 0; x < width; ++x) {
        out[x] = ClipToOne(top[x] + (bottom[x] - top[x]) * fraction);
      }
    }
  }
  return result;
}

void AdjustBrightness(PlanarImage& image, float delta) {
  for (std::vector<float>& plane : image.planes) {
    for (float& x : plane) x = ClipToOne(x + delta);
  }
}

void AdjustContrast(PlanarImage& image, float factor) {
  for (std::vector<float>& plane : image.planes) {
    const float mean = FoldedSum(plane) * (1.0F / static_cast<float>(plane.size()));
    for (float& x : plane) x = ClipToOne(mean + factor * (x - mean));
  }
}

void AdjustSaturation(PlanarImage& image, float factor) {
  LIBERO_CHECK(factor >= 0);
  float* const red = image.planes[0].data();
  float* const green = image.planes[1].data();
  float* const blue = image.planes[2].data();
  const size_t size = image.planes[0].size();
  for (size_t i = 0; i < size; ++i) {
    // hue stays where distances to the greatest number keep their ratios; the saturation is the
    // greatest of them as a share of that number, so it is 1 where they are scaled by most / range
    const float most = Greater(red[i], Greater(green[i], blue[i]));
    const float range = most - Less(red[i], Less(green[i], blue[i]));
    const float limit = most / (range > 0.0F ? range : 1.0F);
    const float scale = range * factor > most ? limit : factor;
    red[i] = ClipToOne(most - (most - red[i]) * scale);
    green[i] = ClipToOne(most - (most - green[i]) * scale);
    blue[i] = ClipToOne(most - (most - blue[i]) * scale);
  }
}

void AdjustHue(PlanarImage& image, float delta) {
  LIBERO_CHECK(delta >= -1 && delta <= 1);
  float* const red = image.planes[0].data();
  float* const green = image.planes[1].data();
  float* const blue = image.planes[2].data();
  const size_t size = image.planes[0].size();
  const float turn = delta * 6.0F;
  for (size_t i = 0; i < size; ++i) {
    // where on the circle of six sectors: red is 0, green 2, blue 4
    const float r = red[i];
    const float g = green[i];
    const float b = blue[i];
    const float most = Greater(r, Greater(g, b));
    const float least = Less(r, Less(g, b));
    const float range = most - least;
    const float by_blue = r - g;
    const float by_green = b - r;
    const float by_red = g - b;
    float numerator = most == g ? by_green : by_blue;
    float sector = most == g ? 2.0F : 4.0F;
    numerator = most == r ? by_red : numerator;
    sector = most == r ? 0.0F : sector;
    float hue = sector + numerator / (range > 0.0F ? range : 1.0F) + turn;
    hue = hue < 0.0F ? hue + 6.0F : hue;
    hue = hue < 0.0F ? hue + 6.0F : hue;
    hue = hue >= 6.0F ? hue - 6.0F : hue;
    hue = hue >= 6.0F ? hue - 6.0F : hue;

    // each colour rises for one sector, is full for two and falls for one
    red[i] = ClipToOne(least + range * ClipToOne(std::fabs(hue - 3.0F) - 1.0F));
    green[i] = ClipToOne(least + range * ClipToOne(2.0F - std::fabs(hue - 2.0F)));
    blue[i] = ClipToOne(least + range * ClipToOne(2.0F - std::fabs(hue - 4.0F)));
  }
}

Image ToBytes(const PlanarImage& image) {
  const size_t size = image.planes[0].size();
  Image result = {image.width, image.height, std::vector<uint8_t>(size * 3)};
  uint8_t* out = result.rgb.data();
  for (size_t i = 0; i < size; ++i) {
    for (size_t c = 0; c < 3; ++c) {
      // through int: from float to byte there is no instruction
      out[i * 3 + c] = static_cast<uint8_t>(static_cast<int>(image.planes[c][i] * 255.5F));
    }
  }
  return result;
}

}  // namespace libero
