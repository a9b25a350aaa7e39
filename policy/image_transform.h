#pragma once

#include <optional>
#include <span>
#include <vector>

#include "policy/center_crop.h"
#include "policy/channel_scale.h"
#include "policy/lanczos_resize.h"
#include "sim/observation.h"

namespace libero {

// What happens to a camera's frame before a network sees it.
struct ImageTransformOptions {
  int frame_size = 256;    // of the square frames that the camera makes
  int size = 224;          // of what the network sees
  int jpeg_quality = 95;   // 0: no JPEG in between
  double crop_area = 0.9;  // 1: no crop
};

// Throws Error if a number is out of range.
void CheckImageTransformOptions(const ImageTransformOptions& options);

// The way of a frame at test time, as in training but for the crop, which is random there: turned
// by 180° (as datasets in the RLDS form are), through JPEG, resized, the middle cut out. May be
// called from several threads at once.
// source: UniVLA@0ab9e9d:experiments/robot/libero/libero_utils.py,
// experiments/robot/openvla_utils.py
class ImageTransform {
 public:
  // Throws Error as CheckImageTransformOptions does.
  explicit ImageTransform(const ImageTransformOptions& options);

  // (size, size, 3); the TOP row of what the camera sees comes first, mirrored left to right.
  // Throws Error if the frame has another size. See policy/README.md for what it costs.
  [[nodiscard]] Image Apply(const Image& frame) const;

  [[nodiscard]] const ImageTransformOptions& options() const { return options_; }

 private:
  ImageTransformOptions options_;
  LanczosResize resize_;
  std::optional<CenterCrop> crop_;
};

// The frame turned by 180°.
[[nodiscard]] Image Turned(const Image& frame);

// Writes (scales × 3, height, width) numbers, of bytes / 255: the image once for each scale,
// channel by channel. Requires `pixels` to have that size (CHECK).
void NormalizeImage(const Image& image, std::span<const ChannelScale> scales,
                    std::span<float> pixels);

}  // namespace libero
