#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "sim/cpu_renderer/cluster_mesh.h"

namespace libero {

// Vectors that SIMD code may load and store whole.
template <typename T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};
  AlignedAllocator() = default;
  template <typename U>
  AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT(google-explicit-constructor): as std's
  T* allocate(size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kAlignment)); }
  void deallocate(T* p, size_t) { ::operator delete(p, kAlignment); }
  bool operator==(const AlignedAllocator&) const = default;
};
template <typename T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

// Pictures are cut to blocks of 4×4 pixels, row by row from the lower left; a block's pixels are
// numbered the same way. Width and height are rounded up to whole blocks.
inline constexpr int kBlockSize = 4;
inline constexpr int kBlockPixels = kBlockSize * kBlockSize;

// Each pixel is sampled at four points, Mesa's for 4× multisampling, in pixels from its lower left
// corner. Multiples of 1/8 pixel.
// source: mesa@22.3.6:src/gallium/drivers/llvmpipe/lp_setup.c (lp_sample_pos_4x)
inline constexpr int kNumSamples = 4;

// The blocks that are to be drawn.
struct BlockMask {
  int width = 0;  // of the picture, pixels
  int height = 0;
  int num_columns = 0;  // of blocks
  int num_rows = 0;
  std::vector<uint8_t> is_drawn;         // (rows, columns)
  int first_column = 0, end_column = 0;  // a rectangle around all that are drawn
  int first_row = 0, end_row = 0;
  bool is_whole = false;  // all blocks are drawn

  void Resize(int picture_width, int picture_height);
  void SetAll();
  void ClearAll();
  // Adds the blocks that a rectangle of pixels touches; it is cut to the picture.
  void AddPixels(int first_x, int first_y, int end_x, int end_y);
  // Takes away all but the rows [first, end).
  void KeepRows(int first, int end);
  // Whether a pixel, which may be out of the picture, is in one of them.
  [[nodiscard]] bool IsDrawn(int x, int y) const {
    const int column = x >> 2;
    const int row = y >> 2;
    static_assert(kBlockSize == 4);
    return column >= first_column && column < end_column && row >= first_row && row < end_row &&
           is_drawn.data()[static_cast<ptrdiff_t>(row) * num_columns + column] != 0;
  }
  [[nodiscard]] bool any() const { return first_column < end_column && first_row < end_row; }
  [[nodiscard]] int num_blocks() const { return num_columns * num_rows; }
};

// Where a picture's samples are in a buffer: row by row, the four of a pixel together, so that four
// pixels of a row are a whole vector. There are four pixels more at both ends of rows (the end of
// one is the beginning of the next) and a row more below and above, so that what reaches over the
// picture's edges by that much need not be cut.
struct SampleLayout {
  int32_t stride = 0;  // samples from row to row
  int32_t origin = 0;  // the first sample of pixel (0, 0)

  explicit SampleLayout(const BlockMask& mask)
      : stride((mask.num_columns + 1) * kBlockSize * kNumSamples),
        origin(stride + kBlockSize * kNumSamples),
        num_rows_(mask.num_rows * kBlockSize + 2) {}

  // The first of a pixel's samples.
  [[nodiscard]] size_t At(int x, int y) const {
    return static_cast<size_t>(origin + static_cast<ptrdiff_t>(y) * stride + x * kNumSamples);
  }
  [[nodiscard]] size_t size() const {
    return static_cast<size_t>(stride) * static_cast<size_t>(num_rows_) +
           static_cast<size_t>(kBlockSize * kNumSamples);
  }

 private:
  int num_rows_ = 0;
};

// What each sample sees: the front-most triangle.
struct VisibilityBuffer {
  AlignedVector<float> inverse_depth;  // (SampleLayout) 1/W of the triangle there, 1/m; 0: nothing
  AlignedVector<uint32_t> triangle;    // (SampleLayout) a TriangleId; 0: nothing

  // Makes room, and empties the blocks of the mask.
  void Clear(const BlockMask& mask);
};

// A triangle of a cluster of this frame: slot + 1 in the upper 26 bits, the triangle's number in
// the cluster in the lower 6.
using TriangleId = uint32_t;
inline constexpr int kTriangleBits = 6;
static_assert(kClusterTriangles <= 1 << kTriangleBits);
[[nodiscard]] constexpr uint32_t SlotOf(TriangleId id) {
  return (id >> kTriangleBits) - 1;
}
[[nodiscard]] constexpr uint32_t TriangleOf(TriangleId id) {
  return id & ((1U << kTriangleBits) - 1);
}

// The clusters that this frame may show, one after another ("slots"), item by item.
struct FrameClusters {
  size_t num_slots = 0;
  std::vector<const Cluster*> cluster;  // (slots)
  std::vector<uint32_t> item;           // (slots) index in the pass's items, ascending

  void Clear() { num_slots = 0; }
  void Reserve(size_t slots);
};

// What a pixel shows of one triangle: all its samples that see it have one colour, that at the
// pixel's centre.
struct Fragment {
  uint32_t pixel = 0;  // x | y << 12 | samples << 24: bit i of `samples` is sample i
  TriangleId triangle = 0;
};
[[nodiscard]] constexpr uint32_t PackPixel(int x, int y, uint32_t samples) {
  return static_cast<uint32_t>(x) | static_cast<uint32_t>(y) << 12 | samples << 24;
}

// The colour of each sample.
struct SampleColors {
  int width = 0;                   // pixels in a row, whole blocks
  AlignedVector<uint32_t> texels;  // (height, width, samples) R | G << 8 | B << 16
  void Resize(const BlockMask& mask);
};

}  // namespace libero
