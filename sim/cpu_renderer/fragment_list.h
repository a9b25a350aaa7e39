#pragma once

#include <span>
#include <vector>

#include "sim/cpu_renderer/frame_buffers.h"

namespace libero {

// The fragments of a picture, sorted by item, so that those of one material are shaded together.
struct FragmentList {
  std::vector<Fragment> fragments;          // those of an item in the order of blocks
  std::vector<uint32_t> first;              // (items + 2); the last item is the background
  std::vector<uint64_t> visible_triangles;  // (slots) of FrameClusters: bit i is triangle i

  [[nodiscard]] std::span<const Fragment> of_item(size_t item) const {
    return std::span(fragments).subspan(first[item], first[item + 1] - first[item]);
  }

  // memory of the functions below
  struct Run {  // neighbours of one item
    uint32_t item = 0;
    uint32_t num = 0;
  };
  std::vector<Run> runs;
  std::vector<Fragment> unsorted;
};

// Makes one fragment of all samples of a pixel that see the same triangle, in the blocks of the
// mask. Samples that see nothing are the background's, whose item is `num_items`. If `only` is
// given, of its size, samples of a pixel (x, y) that only[y·width + x] has no bits for are left
// out, width in whole blocks.
void CollectFragments(const VisibilityBuffer& buffer, const BlockMask& mask,
                      const FrameClusters& clusters, size_t num_items,
                      std::span<const uint8_t> only, FragmentList& list);

// Sorts fragments of transparent items by item; those of one item keep their order.
void SortFragments(std::span<const Fragment> fragments, const FrameClusters& clusters,
                   size_t num_items, FragmentList& list);

}  // namespace libero
