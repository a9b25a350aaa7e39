#pragma once

#include "sim/base/counter_random.h"
#include "sim/observation.h"

namespace libero {

// One draw of the random changes that all images of an example go through before a network sees
// them in training. The defaults, those of the middle, change little: see Augment.
struct Augmentation {
  // Offsets of the crop, which leaves kAugmentationArea of a square: shares of its side.
  float top = 0;
  float left = 0;

  float brightness = 0;  // added
  float contrast = 1;    // factor about each colour's mean
  float saturation = 1;  // factor
  float hue = 0;         // of a full turn

  bool operator==(const Augmentation&) const = default;
};

inline constexpr float kAugmentationArea = 0.9F;

// Draws one: offsets anywhere in the square, brightness ±0.2, contrast and saturation 0.8..1.2, hue
// ±0.05, all uniform. `crops_on_diagonal`: one number for both offsets, see policy/quirks.h; the
// other draws are the same either way. Always takes six numbers from the stream.
// source: openvla@c8f03f4:prismatic/vla/datasets/datasets.py (image_augment_kwargs),
// dlimp_openvla@040105d:dlimp/augmentations.py
[[nodiscard]] Augmentation DrawAugmentation(CounterRandom& random, bool crops_on_diagonal);

// Crops a square image of at least two pixels a side (CHECK) and stretches it to its size, then
// brightness, contrast, saturation and hue, clipped to [0, 1] after each, and back to bytes, all
// but 2 in a million of which are TensorFlow's: see training/README.md, also for what it costs. May
// be called from several threads at once. source: dlimp_openvla@040105d:dlimp/augmentations.py
// (augment_image)
[[nodiscard]] Image Augment(const Image& image, const Augmentation& augmentation);

}  // namespace libero
