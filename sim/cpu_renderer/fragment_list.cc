#include "sim/cpu_renderer/fragment_list.h"

#include <algorithm>

namespace libero {
namespace {

constexpr uint32_t kAllSamples = (1U << kNumSamples) - 1;

// Writes the fragments of one pixel, whose samples see `ids`; returns their end.
Fragment* AddPixel(const TriangleId* ids, int x, int y, uint32_t wanted, Fragment* end) {
  uint32_t left = wanted;
  for (int s = 0; s < kNumSamples; ++s) {
    if (!(left >> s & 1U)) continue;
    uint32_t samples = 0;
    for (int other = s; other < kNumSamples; ++other) {
      if (ids[other] == ids[s]) samples |= 1U << other;
    }
    samples &= left;
    left &= ~samples;
    *end++ = {PackPixel(x, y, samples), ids[s]};
  }
  return end;
}

}  // namespace

void SortFragments(std::span<const Fragment> fragments, const FrameClusters& clusters,
                   size_t num_items, FragmentList& list) {
  list.visible_triangles.assign(clusters.num_slots, 0);
  list.first.assign(num_items + 2, 0);
  const auto item_of = [&](const Fragment& fragment) -> size_t {
    return fragment.triangle == 0 ? num_items : clusters.item[SlotOf(fragment.triangle)];
  };
  for (const Fragment& fragment : fragments) {
    ++list.first[item_of(fragment) + 1];
    if (fragment.triangle == 0) continue;
    list.visible_triangles[SlotOf(fragment.triangle)] |= uint64_t{1}
                                                         << TriangleOf(fragment.triangle);
  }
  for (size_t i = 1; i < list.first.size(); ++i) list.first[i] += list.first[i - 1];

  // `first` moves to the ends, and back
  list.fragments.resize(fragments.size());
  for (const Fragment& fragment : fragments) {
    list.fragments[list.first[item_of(fragment)]++] = fragment;
  }
  std::shift_right(list.first.begin(), list.first.end(), 1);
  list.first[0] = 0;
}

void CollectFragments(const VisibilityBuffer& buffer, const BlockMask& mask,
                      const FrameClusters& clusters, size_t num_items,
                      std::span<const uint8_t> only, FragmentList& list) {
  const size_t most = static_cast<size_t>(mask.num_blocks()) * kBlockPixels * kNumSamples;
  if (list.unsorted.size() < most) list.unsorted.resize(most);
  Fragment* end = list.unsorted.data();
  const SampleLayout layout(mask);
  const int width = mask.num_columns * kBlockSize;
  for (int row = mask.first_row; row < mask.end_row; ++row) {
    for (int column = mask.first_column; column < mask.end_column; ++column) {
      const auto block = static_cast<size_t>(row * mask.num_columns + column);
      if (!mask.is_drawn[block]) continue;
      for (int i = 0; i < kBlockPixels; ++i) {
        const int x = column * kBlockSize + i % kBlockSize;
        const int y = row * kBlockSize + i / kBlockSize;
        const TriangleId* pixel = buffer.triangle.data() + layout.At(x, y);
        const uint32_t wanted =
            only.empty() ? kAllSamples : only[static_cast<size_t>(y * width + x)];
        const bool is_uniform =
            pixel[0] == pixel[1] && pixel[0] == pixel[2] && pixel[0] == pixel[3];
        if (!is_uniform) {
          end = AddPixel(pixel, x, y, wanted, end);
        } else if (wanted != 0) {
          *end++ = {PackPixel(x, y, wanted), pixel[0]};
        }
      }
    }
  }
  SortFragments({list.unsorted.data(), end}, clusters, num_items, list);
}

}  // namespace libero
