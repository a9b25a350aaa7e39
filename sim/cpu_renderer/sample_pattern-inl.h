// Where the samples of pixels are, for code that Highway compiles once for each instruction set
// (which is why the include guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_SAMPLE_PATTERN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_SAMPLE_PATTERN_INL_H_
#undef LIBERO_SAMPLE_PATTERN_INL_H_
#else
#define LIBERO_SAMPLE_PATTERN_INL_H_
#endif

#include <hwy/highway.h>

#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/vertex_stage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Where samples are in a pixel, in 1/256 pixel: at different places of a grid with one line at
// kFirst and others each 2^kShift.
struct FourSamples {
  static constexpr int kX[kNumSamples] = {96, 224, 32, 160};
  static constexpr int kY[kNumSamples] = {32, 96, 160, 224};
  static constexpr int kFirst = 32;
  static constexpr int kShift = 6;
};
struct CenterSample {
  static constexpr int kX[kNumSamples] = {128, 128, 128, 128};
  static constexpr int kY[kNumSamples] = {128, 128, 128, 128};
  static constexpr int kFirst = 128;
  static constexpr int kShift = 8;
};
inline constexpr int kPixel = 256;  // of snapped coordinates
inline constexpr int kPixelShift = 8;
inline constexpr int kBlock = kBlockSize * kPixel;
inline constexpr int kBlockShift = kPixelShift + 2;
// How far samples are from a block's centre, at most.
inline constexpr int kBlockReach = 2 * kPixel - 32;

// Four pixels of a row are a whole number of vectors.
inline constexpr int kRowLanes = kBlockSize * kNumSamples;
inline constexpr int kRowParts = kRowLanes / kLanes;

// Samples of four pixels of a row, in 1/256 pixel from the lower left corner of the first one.
template <class Samples>
struct RowLanes {
  alignas(64) int32_t x[kRowLanes];
  alignas(64) int32_t y[kRowLanes];
  constexpr RowLanes() : x{}, y{} {
    for (int i = 0; i < kRowLanes; ++i) {
      x[i] = i / kNumSamples * kPixel + Samples::kX[i % kNumSamples];
      y[i] = Samples::kY[i % kNumSamples];
    }
  }
};
template <class Samples>
inline constexpr RowLanes<Samples> kRowSamples{};

// Vectors of a pixel's samples.
using PixelTag = hn::CappedTag<float, kNumSamples>;
inline constexpr int kPixelLanes = static_cast<int>(hn::MaxLanes(PixelTag()));

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
