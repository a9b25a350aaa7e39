#include "training/augment.h"

#include <cmath>
#include <vector>

#include "policy/center_crop.h"
#include "sim/base/check.h"
#include "training/planar_image.h"

namespace libero {
namespace {

constexpr double kBrightness = 0.2;
constexpr double kLowContrast = 0.8;
constexpr double kHighContrast = 1.2;
constexpr double kLowSaturation = 0.8;
constexpr double kHighSaturation = 1.2;
constexpr double kHue = 0.05;

// The crop's side, as a share of the square's.
float CropSide() {
  return std::sqrt(kAugmentationArea);
}

}  // namespace

Augmentation DrawAugmentation(CounterRandom& random, bool crops_on_diagonal) {
  const double room = 1 - CropSide();
  Augmentation result;
  result.top = static_cast<float>(random.Uniform(0, room));
  result.left = static_cast<float>(random.Uniform(0, room));
  if (crops_on_diagonal) result.left = result.top;
  result.brightness = static_cast<float>(random.Uniform(-kBrightness, kBrightness));
  result.contrast = static_cast<float>(random.Uniform(kLowContrast, kHighContrast));
  result.saturation = static_cast<float>(random.Uniform(kLowSaturation, kHighSaturation));
  result.hue = static_cast<float>(random.Uniform(-kHue, kHue));
  return result;
}

Image Augment(const Image& image, const Augmentation& augmentation) {
  LIBERO_CHECK(image.width == image.height);
  const auto taps = [&](float offset) {
    return CropTaps(image.width, offset, offset + CropSide());
  };
  PlanarImage planes = Crop(image, taps(augmentation.top), taps(augmentation.left));
  AdjustBrightness(planes, augmentation.brightness);
  AdjustContrast(planes, augmentation.contrast);
  AdjustSaturation(planes, augmentation.saturation);
  AdjustHue(planes, augmentation.hue);
  return ToBytes(planes);
}

}  // namespace libero
