#include "sim/cpu_renderer/resolve.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/cpu_renderer/resolve.cc"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// A pixel's samples, or one of them if vectors are that short.
using SamplesTag = hn::CappedTag<uint32_t, kNumSamples>;
inline constexpr int kSamplesLanes = static_cast<int>(hn::MaxLanes(SamplesTag()));

// Two channels of a texel are summed at a time.
inline constexpr uint32_t kEvenBytes = 0x00FF00FF;
inline constexpr uint32_t kHalf = 0x00020002;  // of four samples

void Store(std::span<const Fragment> fragments, const uint32_t* colors, SampleColors& samples) {
  const SamplesTag d;
  const auto bit = hn::Shl(hn::Set(d, 1), hn::Iota(d, 24));  // of samples in Fragment::pixel
  const auto width = static_cast<size_t>(samples.width);
  for (size_t i = 0; i < fragments.size(); ++i) {
    const uint32_t pixel = fragments[i].pixel;
    const size_t at = (pixel >> 12U & 4095U) * width + (pixel & 4095U);
    uint32_t* to = samples.texels.data() + at * kNumSamples;
    for (int s = 0; s < kNumSamples; s += kSamplesLanes) {
      const auto is_shown = hn::TestBit(hn::Set(d, pixel >> s), bit);
      hn::StoreU(hn::IfThenElse(is_shown, hn::Set(d, colors[i]), hn::LoadU(d, to + s)), d, to + s);
    }
  }
}

// The averages of pixels' four samples, rounded up at a half: in each of a pixel's lanes.
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE uint32_t Sum(const uint32_t* s, int shift) {
  uint32_t sum = 0;
  for (int i = 0; i < kNumSamples; ++i) sum += s[i] >> shift & kEvenBytes;
  return sum;
}
inline constexpr int kPixels = 1;

HWY_INLINE void Average(const uint32_t* samples, uint32_t* averages) {
  const auto average = [&](int shift) {
    return (Sum(samples, shift) + kHalf) >> 2 & kEvenBytes;
  };
  averages[0] = average(0) | average(8) << 8;
}
#else
using RowTag = hn::CappedTag<uint32_t, kBlockSize * kNumSamples>;
inline constexpr int kPixels = static_cast<int>(hn::MaxLanes(RowTag())) / kNumSamples;

HWY_INLINE void Average(const uint32_t* samples, uint32_t* averages) {
  const RowTag d;
  const auto bytes = hn::Set(d, kEvenBytes);
  const auto average = [&](auto channels) HWY_ATTR {
    const auto pairs = hn::Add(channels, hn::Shuffle1032(channels));
    const auto sum = hn::Add(pairs, hn::Shuffle2301(pairs));
    return hn::And(hn::ShiftRight<2>(hn::Add(sum, hn::Set(d, kHalf))), bytes);
  };
  const auto v = hn::LoadU(d, samples);
  const auto red_blue = average(hn::And(v, bytes));
  const auto green = average(hn::And(hn::ShiftRight<8>(v), bytes));
  hn::StoreU(hn::Or(red_blue, hn::ShiftLeft<8>(green)), d, averages);
}
#endif

void ResolveBlocks(const SampleColors& samples, const BlockMask& mask, Image& image) {
  alignas(64) uint32_t colors[kBlockSize * kNumSamples];
  for (int row = mask.first_row; row < mask.end_row; ++row) {
    for (int column = mask.first_column; column < mask.end_column; ++column) {
      if (!mask.is_drawn[static_cast<size_t>(row * mask.num_columns + column)]) continue;
      const int first_x = column * kBlockSize;
      const int num = std::min(kBlockSize, mask.width - first_x);
      const int end_y = std::min((row + 1) * kBlockSize, mask.height);
      for (int y = row * kBlockSize; y < end_y; ++y) {
        const uint32_t* from = samples.texels.data() +
                               static_cast<ptrdiff_t>(y * samples.width + first_x) * kNumSamples;
        for (int i = 0; i < kBlockSize; i += kPixels) {
          Average(from + i * kNumSamples, colors + i * kNumSamples);
        }
        uint8_t* to = image.rgb.data() + static_cast<ptrdiff_t>(y * mask.width + first_x) * 3;
        for (int i = 0; i < num; ++i, to += 3) {
          const uint32_t color = colors[i * kNumSamples];
          to[0] = static_cast<uint8_t>(color);
          to[1] = static_cast<uint8_t>(color >> 8);
          to[2] = static_cast<uint8_t>(color >> 16);
        }
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace libero {
namespace {

// The first of a pixel's samples.
uint32_t* SamplesOf(uint32_t pixel, SampleColors& samples) {
  const size_t x = pixel & 4095U;
  const size_t y = pixel >> 12 & 4095U;
  return samples.texels.data() + (y * static_cast<size_t>(samples.width) + x) * kNumSamples;
}

// Round(alpha·color + (1 - alpha)·sample) a channel.
uint32_t Blend(uint32_t color, uint32_t sample, float alpha) {
  uint32_t result = 0;
  for (int shift = 0; shift < 24; shift += 8) {
    const auto above = static_cast<float>(color >> shift & 255U);
    const auto below = static_cast<float>(sample >> shift & 255U);
    result |= static_cast<uint32_t>(alpha * above + (1 - alpha) * below + 0.5F) << shift;
  }
  return result;
}

}  // namespace

HWY_EXPORT(Store);
HWY_EXPORT(ResolveBlocks);

void StoreColors(std::span<const Fragment> fragments, std::span<const uint32_t> colors,
                 SampleColors& samples) {
  HWY_DYNAMIC_DISPATCH(Store)(fragments, colors.data(), samples);
}

void BlendColors(std::span<const Fragment> fragments, std::span<const uint32_t> colors, float alpha,
                 SampleColors& samples) {
  for (size_t i = 0; i < fragments.size(); ++i) {
    uint32_t* to = SamplesOf(fragments[i].pixel, samples);
    const uint32_t covered = fragments[i].pixel >> 24;
    for (int s = 0; s < kNumSamples; ++s) {
      if (covered >> s & 1U) to[s] = Blend(colors[i], to[s], alpha);
    }
  }
}

void Resolve(const SampleColors& samples, const BlockMask& mask, Image& image) {
  HWY_DYNAMIC_DISPATCH(ResolveBlocks)(samples, mask, image);
}

}  // namespace libero
#endif  // HWY_ONCE
