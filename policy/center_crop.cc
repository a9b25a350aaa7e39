#include "policy/center_crop.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr float kOneOver255 = 1.0F / 255.0F;

uint8_t ToByte(float value) {
  return static_cast<uint8_t>(std::clamp(value, 0.0F, 1.0F) * 255.5F);
}

}  // namespace

std::vector<BilinearTap> CropTaps(int size, float begin, float end) {
  LIBERO_CHECK(size > 1 && begin >= 0 && begin <= end);
  const auto last = static_cast<float>(size - 1);
  const float step = (end - begin) * last / last;
  std::vector<BilinearTap> taps;
  for (int i = 0; i < size; ++i) {
    const float position = std::min(begin * last + static_cast<float>(i) * step, last);
    const float below = std::floor(position);
    taps.push_back(
        {static_cast<int>(below), static_cast<int>(std::ceil(position)), position - below});
  }
  return taps;
}

std::vector<BilinearTap> CenterCropTaps(int size, double area) {
  LIBERO_CHECK(area > 0 && area <= 1);
  const float side = std::sqrt(static_cast<float>(area));
  const float begin = (1 - side) / 2;
  return CropTaps(size, begin, begin + side);
}

CenterCrop::CenterCrop(int size, double area) : size_(size), taps_(CenterCropTaps(size, area)) {}

Image CenterCrop::Apply(const Image& image) const {
  LIBERO_CHECK(image.width == size_ && image.height == size_);
  const auto size = static_cast<size_t>(size_);
  std::vector<float> values(image.rgb.size());
  std::ranges::transform(image.rgb, values.begin(),
                         [](uint8_t byte) { return static_cast<float>(byte) * kOneOver255; });

  Image result = {size_, size_, std::vector<uint8_t>(image.rgb.size())};
  uint8_t* out = result.rgb.data();
  for (const BilinearTap& y : taps_) {
    const float* const upper = values.data() + static_cast<size_t>(y.below) * size * 3;
    const float* const lower = values.data() + static_cast<size_t>(y.above) * size * 3;
    for (const BilinearTap& x : taps_) {
      for (int c = 0; c < 3; ++c) {
        const int left = x.below * 3 + c;
        const int right = x.above * 3 + c;
        const float top = upper[left] + (upper[right] - upper[left]) * x.fraction;
        const float bottom = lower[left] + (lower[right] - lower[left]) * x.fraction;
        *out++ = ToByte(top + (bottom - top) * y.fraction);
      }
    }
  }
  return result;
}

}  // namespace libero
