#pragma once

#include <array>
#include <span>
#include <vector>

#include "policy/center_crop.h"
#include "sim/observation.h"

namespace libero {

// An image as numbers in [0, 1], a plane for each of red, green and blue, so that work on it runs
// over plain arrays.
struct PlanarImage {
  int width = 0;
  int height = 0;
  std::array<std::vector<float>, 3> planes;  // (height, width) each
};

// TensorFlow's adjustments of images (tf.image.adjust_...), each followed by clipping to [0, 1].
// In single precision; bytes made of the results are TensorFlow's but for 2 in a million, where
// rounding differs: see training/README.md. All may be called from several threads at once.

// The part of an image under these taps, bilinear: byte / 255. Requires taps that lie in the image
// (CHECK). The identity's taps, CropTaps(size, 0, 1), only convert.
// source: tensorflow@2.21.0:core/kernels/image/crop_and_resize_op.cc
[[nodiscard]] PlanarImage Crop(const Image& image, std::span<const BilinearTap> rows,
                               std::span<const BilinearTap> columns);

// x + delta.
void AdjustBrightness(PlanarImage& image, float delta);

// mean + factor (x - mean), with each plane's own mean.
// source: tensorflow@2.21.0:core/kernels/image/adjust_contrast_op.cc
void AdjustContrast(PlanarImage& image, float factor);

// Multiplies the saturation of HSV by `factor` ≥ 0, up to 1; hue and value stay.
// source: tensorflow@2.21.0:core/kernels/image/adjust_saturation_op.cc
// differs: a hue that is within rounding of a full turn, which is red, becomes grey there
void AdjustSaturation(PlanarImage& image, float factor);

// Turns the hue by `delta` of a full turn, in [-1, 1].
// source: tensorflow@2.21.0:core/kernels/image/adjust_hue_op.cc
void AdjustHue(PlanarImage& image, float delta);

// Bytes, trunc(255.5 x), as tf.image.convert_image_dtype(image, tf.uint8, saturate=True) does.
[[nodiscard]] Image ToBytes(const PlanarImage& image);

}  // namespace libero
