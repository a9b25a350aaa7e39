#include "policy/image_transform.h"

#include <fmt/format.h>

#include <cstddef>

#include "policy/jpeg.h"
#include "sim/base/check.h"

namespace libero {

void CheckImageTransformOptions(const ImageTransformOptions& options) {
  if (options.frame_size < 16 || options.size < 16) {
    throw Error(fmt::format("images of {} and {} pixels, expected at least 16", options.frame_size,
                            options.size));
  }
  if (options.jpeg_quality < 0 || options.jpeg_quality > 100) {
    throw Error(
        fmt::format("JPEG quality {}, expected 1..100, or 0 for none", options.jpeg_quality));
  }
  if (!(options.crop_area > 0 && options.crop_area <= 1)) {
    throw Error(fmt::format("a crop of {} of the area, expected more than 0 and at most 1",
                            options.crop_area));
  }
}

Image Turned(const Image& frame) {
  Image result = {frame.width, frame.height, std::vector<uint8_t>(frame.rgb.size())};
  const uint8_t* source = frame.rgb.data() + frame.rgb.size();
  for (size_t i = 0; i < frame.rgb.size(); i += 3) {
    source -= 3;
    for (size_t c = 0; c < 3; ++c) result.rgb[i + c] = source[c];
  }
  return result;
}

ImageTransform::ImageTransform(const ImageTransformOptions& options)
    : options_((CheckImageTransformOptions(options), options)),
      resize_(options.frame_size, options.frame_size, options.size) {
  if (options.crop_area < 1) crop_.emplace(options.size, options.crop_area);
}

Image ImageTransform::Apply(const Image& frame) const {
  if (frame.width != options_.frame_size || frame.height != options_.frame_size) {
    throw Error(fmt::format("got a frame of {}x{}, expected {}x{}", frame.width, frame.height,
                            options_.frame_size, options_.frame_size));
  }
  Image image = Turned(frame);
  if (options_.jpeg_quality > 0) image = JpegRoundTrip(image, options_.jpeg_quality);
  image = resize_.Apply(image);
  return crop_ ? crop_->Apply(image) : image;
}

void NormalizeImage(const Image& image, std::span<const ChannelScale> scales,
                    std::span<float> pixels) {
  const size_t plane = static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
  LIBERO_CHECK(pixels.size() == scales.size() * 3 * plane);
  float* out = pixels.data();
  for (const ChannelScale& scale : scales) {
    for (size_t c = 0; c < 3; ++c) {
      std::array<float, 256> values{};
      for (size_t byte = 0; byte < values.size(); ++byte) {
        values[byte] = (static_cast<float>(byte) / 255.0F - scale.mean[c]) / scale.std[c];
      }
      for (size_t i = 0; i < plane; ++i) *out++ = values[image.rgb[i * 3 + c]];
    }
  }
}

}  // namespace libero
