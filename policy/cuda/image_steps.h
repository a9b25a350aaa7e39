#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "policy/cuda/jpeg_blocks.h"

// The steps of image_transform.h for one sample or block each, as kernels compute them: constexpr
// functions, so that the same lines run on GPU and CPU, where the tests compare them with libjpeg
// and TensorFlow. All arithmetic is that of the CPU's path, bit by bit.
namespace libero::image_steps {

// Packed bytes (size, size, 3) of a square picture.
struct Pixels {
  const uint8_t* rgb = nullptr;
  int size = 0;

  // Of the frame turned by 180°: what JPEG compresses.
  [[nodiscard]] constexpr const uint8_t* TurnedAt(int x, int y) const {
    return rgb + (static_cast<size_t>(size - 1 - y) * static_cast<size_t>(size) +
                  static_cast<size_t>(size - 1 - x)) *
                     3;
  }
};

// JPEG's colours: brightness and, at half the resolution, blue and red.
// source: libjpeg-turbo@2.1.5:jccolor.c, jcsample.c, jdsample.c, jdcolor.c

constexpr int ComponentOf(const uint8_t* rgb, Component component) {
  const int r = rgb[0];
  const int g = rgb[1];
  const int b = rgb[2];
  if (component == kLuma) return (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
  constexpr int kOffset = (128 << 16) + 32767;
  return component == kBlue ? (-11059 * r - 21709 * g + 32768 * b + kOffset) >> 16
                            : (32768 * r - 27439 * g - 5329 * b + kOffset) >> 16;
}

// What a block of a component holds before it is coded: brightness at (x, y) of the turned frame,
// or colour at (x, y) of half the resolution.
constexpr int SampleAt(const Pixels& frame, Component component, int x, int y) {
  if (component == kLuma) return ComponentOf(frame.TurnedAt(x, y), component);
  int sum = 1 + x % 2;  // to round, up and down in turns
  for (int i = 0; i < 4; ++i) {
    sum += ComponentOf(frame.TurnedAt(2 * x + i % 2, 2 * y + i / 2), component);
  }
  return sum >> 2;
}

// What has come back: brightness (size, size) and colours (size / 2, size / 2).
struct Planes {
  const uint8_t* luma = nullptr;
  const uint8_t* blue = nullptr;
  const uint8_t* red = nullptr;
  int size = 0;
};

// A colour at a pixel, of the four samples next to it, 9:3:3:1.
constexpr int ColorAt(const uint8_t* plane, int half_size, int x, int y) {
  const int last = half_size - 1;
  const int near_x = x / 2;
  const int near_y = y / 2;
  const int beside_x = x % 2 == 0 ? near_x - 1 : near_x + 1;
  const int beside_y = y % 2 == 0 ? near_y - 1 : near_y + 1;
  const int far_x = beside_x < 0 ? 0 : beside_x > last ? last : beside_x;
  const int far_y = beside_y < 0 ? 0 : beside_y > last ? last : beside_y;
  const uint8_t* const near_row = plane + static_cast<ptrdiff_t>(near_y) * half_size;
  const uint8_t* const far_row = plane + static_cast<ptrdiff_t>(far_y) * half_size;
  const int near_sum = 3 * near_row[near_x] + far_row[near_x];
  const int far_sum = 3 * near_row[far_x] + far_row[far_x];
  return (3 * near_sum + far_sum + 8 - x % 2) >> 4;
}

constexpr void DecodePixel(const Planes& planes, int x, int y, uint8_t* rgb) {
  const int luma = planes.luma[static_cast<ptrdiff_t>(y) * planes.size + x];
  const int blue = ColorAt(planes.blue, planes.size / 2, x, y) - 128;
  const int red = ColorAt(planes.red, planes.size / 2, x, y) - 128;
  rgb[0] = internal::Clamped(luma + ((91881 * red + 32768) >> 16));
  rgb[1] = internal::Clamped(luma + ((-22554 * blue - 46802 * red + 32768) >> 16));
  rgb[2] = internal::Clamped(luma + ((116130 * blue + 32768) >> 16));
}

// Resampling. Spans of lanczos_resize.h, each with as many weights as the longest, zeros behind.
struct Spans {
  const int* begins = nullptr;     // (outputs)
  const float* weights = nullptr;  // (outputs, num_weights)
  int num_weights = 0;
  int num_inputs = 0;
};

// The weighted sum of values that lie `stride` apart.
template <typename Value>
constexpr float SumSpan(const Spans& spans, int output, const Value* values, int stride) {
  float sum = 0;
  for (int i = 0; i < spans.num_weights; ++i) {
    const int input = spans.begins[output] + i;
    if (input >= spans.num_inputs) break;
    sum += spans.weights[static_cast<ptrdiff_t>(output) * spans.num_weights + i] *
           static_cast<float>(values[static_cast<ptrdiff_t>(input) * stride]);
  }
  return sum;
}

constexpr uint8_t RoundToByte(float value) {
  constexpr float kIntegers = 0x1p23F;  // see lanczos_resize.cc
  const float clamped = value < 0 ? 0 : value > 255 ? 255 : value;
  return static_cast<uint8_t>(clamped + kIntegers - kIntegers);
}

// The centre crop's byte between four, at these fractions of the way: see center_crop.h.
constexpr uint8_t Interpolate(const std::array<uint8_t, 4>& corners, float fraction_x,
                              float fraction_y) {
  constexpr float kOneOver255 = 1.0F / 255.0F;
  const float a = static_cast<float>(corners[0]) * kOneOver255;
  const float b = static_cast<float>(corners[1]) * kOneOver255;
  const float c = static_cast<float>(corners[2]) * kOneOver255;
  const float d = static_cast<float>(corners[3]) * kOneOver255;
  const float top = a + (b - a) * fraction_x;
  const float bottom = c + (d - c) * fraction_x;
  const float value = top + (bottom - top) * fraction_y;
  return static_cast<uint8_t>((value < 0 ? 0 : value > 1 ? 1 : value) * 255.5F);
}

}  // namespace libero::image_steps
