#pragma once

#include <vector>

#include "sim/observation.h"

namespace libero {

// Where an output sample lies between two inputs, along one axis.
struct BilinearTap {
  int below = 0;
  int above = 0;
  float fraction = 0;  // of the way from below to above
};

// The taps of a part of an axis of `size` ≥ 2 samples, stretched to `size` again: from `begin` to
// `end`, shares of the way from the first sample to the last. Single precision, as there.
// source: tensorflow@2.21.0:core/kernels/image/crop_and_resize_op.cc
// differs: a sample that rounding puts behind the last one is the last one, not black
[[nodiscard]] std::vector<BilinearTap> CropTaps(int size, float begin, float end);

// Those of the middle; `area` is the share of the area of the square that is left.
// source: openvla@c8f03f4:experiments/robot/openvla_utils.py (crop_and_resize)
[[nodiscard]] std::vector<BilinearTap> CenterCropTaps(int size, double area);

// Cuts out the middle of a square image and stretches it to the image's size: byte / 255, bilinear,
// clipped to [0, 1], back to bytes as tf.image.convert_image_dtype does, by trunc(255.5 x). May be
// called from several threads at once.
class CenterCrop {
 public:
  CenterCrop(int size, double area);

  // Requires a square image of the constructor's size (CHECK). About 0.2 ms for 224.
  [[nodiscard]] Image Apply(const Image& image) const;

 private:
  int size_;
  std::vector<BilinearTap> taps_;
};

}  // namespace libero
