#include "sim/cpu_renderer/frame_buffers.h"

#include <algorithm>

namespace libero {

void BlockMask::Resize(int picture_width, int picture_height) {
  width = picture_width;
  height = picture_height;
  num_columns = (width + kBlockSize - 1) / kBlockSize;
  num_rows = (height + kBlockSize - 1) / kBlockSize;
  is_drawn.resize(static_cast<size_t>(num_blocks()));
}

void BlockMask::SetAll() {
  std::ranges::fill(is_drawn, uint8_t{1});
  first_column = first_row = 0;
  end_column = num_columns;
  end_row = num_rows;
  is_whole = true;
}

void BlockMask::ClearAll() {
  std::ranges::fill(is_drawn, uint8_t{0});
  first_column = num_columns;
  first_row = num_rows;
  end_column = end_row = 0;
  is_whole = false;
}

void BlockMask::AddPixels(int first_x, int first_y, int end_x, int end_y) {
  const int column = std::max(first_x, 0) / kBlockSize;
  const int row = std::max(first_y, 0) / kBlockSize;
  const int column_end = (std::min(end_x, width) + kBlockSize - 1) / kBlockSize;
  const int row_end = (std::min(end_y, height) + kBlockSize - 1) / kBlockSize;
  if (column >= column_end || row >= row_end) return;
  for (int r = row; r < row_end; ++r) {
    const auto begin = is_drawn.begin() + static_cast<ptrdiff_t>(r) * num_columns;
    std::fill(begin + column, begin + column_end, uint8_t{1});
  }
  first_column = std::min(first_column, column);
  end_column = std::max(end_column, column_end);
  first_row = std::min(first_row, row);
  end_row = std::max(end_row, row_end);
}

void BlockMask::KeepRows(int first, int end) {
  if (first > 0 || end < num_rows) is_whole = false;
  first_row = std::max(first_row, first);
  end_row = std::min(end_row, end);
  const auto row = [&](int r) {
    return is_drawn.begin() + static_cast<ptrdiff_t>(r) * num_columns;
  };
  std::fill(is_drawn.begin(), row(std::clamp(first, 0, num_rows)), uint8_t{0});
  std::fill(row(std::clamp(end, 0, num_rows)), is_drawn.end(), uint8_t{0});
}

void VisibilityBuffer::Clear(const BlockMask& mask) {
  const SampleLayout layout(mask);
  if (inverse_depth.size() < layout.size()) {
    inverse_depth.resize(layout.size());
    triangle.resize(layout.size());
  }
  const auto clear = [&](int x, int y, int num_blocks) {
    const auto at = static_cast<ptrdiff_t>(layout.At(x, y));
    const int num = num_blocks * kBlockSize * kNumSamples;
    std::fill_n(inverse_depth.begin() + at, num, 0.0F);
    std::fill_n(triangle.begin() + at, num, 0U);
  };
  for (int row = mask.first_row; row < mask.end_row; ++row) {
    const uint8_t* is_drawn = mask.is_drawn.data() + static_cast<ptrdiff_t>(row) * mask.num_columns;
    for (int column = mask.first_column; column < mask.end_column;) {
      int end = column;
      while (end < mask.end_column && is_drawn[end]) ++end;
      for (int y = row * kBlockSize; end > column && y < (row + 1) * kBlockSize; ++y) {
        clear(column * kBlockSize, y, end - column);
      }
      column = end + 1;
    }
  }
}

void FrameClusters::Reserve(size_t slots) {
  if (cluster.size() >= slots) return;
  const size_t room = std::max<size_t>(slots, 2 * cluster.size() + 256);
  cluster.resize(room);
  item.resize(room);
}

void SampleColors::Resize(const BlockMask& mask) {
  width = mask.num_columns * kBlockSize;
  const size_t size = static_cast<size_t>(mask.num_blocks()) * kBlockPixels * kNumSamples;
  if (texels.size() < size) texels.resize(size);
}

}  // namespace libero
