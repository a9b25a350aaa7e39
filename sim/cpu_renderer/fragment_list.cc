#include "sim/cpu_renderer/fragment_list.h"

#include <algorithm>

namespace libero {
namespace {

constexpr uint32_t kAllSamples = (1U << kNumSamples) - 1;
static_assert(kNumSamples == 4);

// Writes the fragments of one pixel, whose samples see `ids`; returns their end. Without branches:
// which samples see the same is different from pixel to pixel.
Fragment* AddPixel(const TriangleId* ids, uint32_t place, uint32_t wanted, Fragment* end) {
  const auto bit = [](bool is_set, int sample) {
    return static_cast<uint32_t>(is_set) << sample;
  };
  const bool is_01 = ids[1] == ids[0], is_02 = ids[2] == ids[0], is_03 = ids[3] == ids[0];
  const bool is_12 = ids[2] == ids[1], is_13 = ids[3] == ids[1], is_23 = ids[3] == ids[2];
  // of each sample those that see the same; none if an earlier one does, too
  const uint32_t samples[kNumSamples] = {
      1U | bit(is_01, 1) | bit(is_02, 2) | bit(is_03, 3),
      is_01 ? 0 : 2U | bit(is_12, 2) | bit(is_13, 3),
      is_02 || is_12 ? 0 : 4U | bit(is_23, 3),
      is_03 || is_13 || is_23 ? 0 : 8U,
  };
  for (int s = 0; s < kNumSamples; ++s) {
    const uint32_t shown = samples[s] & wanted;
    *end = {place | shown << 24U, ids[s]};
    end += static_cast<ptrdiff_t>(shown != 0);
  }
  return end;
}

}  // namespace

void SortFragments(std::span<const Fragment> fragments, const FrameClusters& clusters,
                   size_t num_items, FragmentList& list) {
  list.visible_triangles.assign(clusters.num_slots, 0);
  list.first.assign(num_items + 2, 0);
  list.runs.clear();
  // neighbours often see the same triangle, or the same item
  for (size_t i = 0; i < fragments.size();) {
    const TriangleId triangle = fragments[i].triangle;
    size_t end = i + 1;
    while (end < fragments.size() && fragments[end].triangle == triangle) ++end;
    auto item = static_cast<uint32_t>(num_items);
    if (triangle != 0) {
      item = clusters.item[SlotOf(triangle)];
      list.visible_triangles[SlotOf(triangle)] |= uint64_t{1} << TriangleOf(triangle);
    }
    const auto num = static_cast<uint32_t>(end - i);
    list.first[item + 1] += num;
    if (!list.runs.empty() && list.runs.back().item == item) {
      list.runs.back().num += num;
    } else {
      list.runs.push_back({item, num});
    }
    i = end;
  }
  for (size_t i = 1; i < list.first.size(); ++i) list.first[i] += list.first[i - 1];

  // `first` moves to the ends, and back
  list.fragments.resize(fragments.size());
  const Fragment* from = fragments.data();
  for (const FragmentList::Run& run : list.runs) {
    std::copy_n(from, run.num, list.fragments.data() + list.first[run.item]);
    from += run.num;
    list.first[run.item] += run.num;
  }
  std::shift_right(list.first.begin(), list.first.end(), 1);
  list.first[0] = 0;
}

void CollectFragments(const VisibilityBuffer& buffer, const BlockMask& mask,
                      const FrameClusters& clusters, size_t num_items,
                      std::span<const uint8_t> only, FragmentList& list) {
  const SampleLayout layout(mask);
  const size_t most = static_cast<size_t>(mask.num_blocks()) * kBlockPixels * kNumSamples +
                      kNumSamples;  // AddPixel writes beyond the end
  if (list.unsorted.size() < most) list.unsorted.resize(most);
  Fragment* end = list.unsorted.data();
  const int width = mask.num_columns * kBlockSize;
  const auto add_row = [&](int first_x, int y) {
    const TriangleId* ids = buffer.triangle.data() + layout.At(first_x, y);
    for (int x = first_x; x < first_x + kBlockSize; ++x, ids += kNumSamples) {
      const uint32_t wanted = only.empty() ? kAllSamples : only[static_cast<size_t>(y * width + x)];
      const uint32_t place = PackPixel(x, y, 0);
      const uint32_t differences = (ids[0] ^ ids[1]) | (ids[0] ^ ids[2]) | (ids[0] ^ ids[3]);
      if (differences == 0) {
        *end = {place | wanted << 24U, ids[0]};
        end += static_cast<ptrdiff_t>(wanted != 0);
      } else {
        end = AddPixel(ids, place, wanted, end);
      }
    }
  };
  for (int row = mask.first_row; row < mask.end_row; ++row) {
    for (int column = mask.first_column; column < mask.end_column; ++column) {
      if (!mask.is_drawn[static_cast<size_t>(row * mask.num_columns + column)]) continue;
      for (int y = row * kBlockSize; y < (row + 1) * kBlockSize; ++y) {
        add_row(column * kBlockSize, y);
      }
    }
  }
  SortFragments({list.unsorted.data(), end}, clusters, num_items, list);
}

}  // namespace libero
