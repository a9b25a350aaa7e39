#include "policy/lanczos_resize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr float kRadius = 3;
constexpr float kPi = 3.14159265359F;

float Lanczos(float x) {
  x = std::abs(x);
  if (x > kRadius) return 0;
  if (x <= 1e-3F) return 1;
  return kRadius * std::sin(kPi * x) * std::sin(kPi * x / kRadius) / (kPi * kPi * x * x);
}

ResampleSpan MakeSpan(int output, int num_in, float inputs_per_output) {
  const float stretch = std::max(inputs_per_output, 1.0F);
  const float reach = kRadius * stretch;
  const float center = (static_cast<float>(output) + 0.5F) * inputs_per_output;
  const int last = num_in - 1;
  const int begin = std::clamp(static_cast<int>(std::ceil(center - reach - 0.5F)), 0, last);
  const int end = std::clamp(static_cast<int>(std::floor(center + reach - 0.5F)), 0, last) + 1;
  ResampleSpan span = {begin, {}};
  float total = 0;
  for (int i = begin; i < end; ++i) {
    span.weights.push_back(Lanczos((static_cast<float>(i) + 0.5F - center) * (1 / stretch)));
    total += span.weights.back();
  }
  const float one_over_total = 1 / total;
  for (float& weight : span.weights) weight *= one_over_total;
  return span;
}

// Output rows that are made together, so that what they need stays in the cache and the second
// step has numbers side by side to work on. A last band may reach beyond the image's end.
constexpr size_t kBand = 8;

// Three colours of a column of a band.
using BandColumn = std::array<float, 3 * kBand>;

// To the nearest integer in 0..255, halves to even: as for all numbers from 2^23 to 2^24 of single
// precision, the sum is an integer. (std::nearbyint is a call, five times as slow.)
uint8_t Rounded(float value) {
  constexpr float kIntegers = 0x1p23F;
  return static_cast<uint8_t>(std::clamp(value, 0.0F, 255.0F) + kIntegers - kIntegers);
}

// The weighted sum of rows of bytes, each of sums.size() numbers.
void SumRows(const ResampleSpan& span, const uint8_t* rows, std::vector<float>& sums) {
  std::ranges::fill(sums, 0.0F);
  const uint8_t* row = rows + static_cast<size_t>(span.begin) * sums.size();
  for (const float weight : span.weights) {
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += weight * static_cast<float>(row[i]);
    row += sums.size();
  }
}

BandColumn SumColumns(const ResampleSpan& span, const std::vector<BandColumn>& columns) {
  BandColumn sums{};
  const BandColumn* column = columns.data() + span.begin;
  for (const float weight : span.weights) {
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += weight * (*column)[i];
    ++column;
  }
  return sums;
}

}  // namespace

std::vector<ResampleSpan> LanczosSpans(int num_in, int num_out) {
  LIBERO_CHECK(num_in > 0 && num_out > 0);
  const float scale = static_cast<float>(num_out) / static_cast<float>(num_in);
  std::vector<ResampleSpan> spans;
  spans.reserve(static_cast<size_t>(num_out));
  for (int i = 0; i < num_out; ++i) spans.push_back(MakeSpan(i, num_in, 1 / scale));
  return spans;
}

LanczosResize::LanczosResize(int width, int height, int size)
    : width_(width),
      height_(height),
      size_(size),
      rows_(LanczosSpans(height, size)),
      columns_(LanczosSpans(width, size)) {}

Image LanczosResize::Apply(const Image& image) const {
  LIBERO_CHECK(image.width == width_ && image.height == height_);
  const auto width = static_cast<size_t>(width_);
  const auto size = static_cast<size_t>(size_);
  Image result = {size_, size_, std::vector<uint8_t>(size * size * 3)};
  std::vector<float> sums(width * 3);
  std::vector<BandColumn> band(width);
  for (size_t top = 0; top < size; top += kBand) {
    const size_t num_rows = std::min(kBand, size - top);
    for (size_t row = 0; row < num_rows; ++row) {
      SumRows(rows_[top + row], image.rgb.data(), sums);
      for (size_t i = 0; i < sums.size(); ++i) band[i / 3][i % 3 * kBand + row] = sums[i];
    }
    for (size_t x = 0; x < size; ++x) {
      const BandColumn column = SumColumns(columns_[x], band);
      for (size_t row = 0; row < num_rows; ++row) {
        uint8_t* const out = result.rgb.data() + ((top + row) * size + x) * 3;
        for (size_t c = 0; c < 3; ++c) out[c] = Rounded(column[c * kBand + row]);
      }
    }
  }
  return result;
}

}  // namespace libero
