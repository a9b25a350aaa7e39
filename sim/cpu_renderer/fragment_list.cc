#include "sim/cpu_renderer/fragment_list.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/cpu_renderer/fragment_list.cc"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include <algorithm>

#include "sim/cpu_renderer/pack_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

static_assert(kNumSamples == 4);
constexpr uint32_t kAllSamples = (1U << kNumSamples) - 1;

// AddPixels writes the fragments of kPixels pixels from `place` on, whose samples see `ids`, and
// returns their end. `wanted`: the samples of each pixel that are not left out, once for each of
// its four. Without branches: which samples see the same is different from pixel to pixel. What is
// beyond the end is overwritten, up to kBlockPixels fragments.
#if HWY_TARGET == HWY_SCALAR
inline constexpr int kPixels = 1;

HWY_INLINE Fragment* AddPixels(const TriangleId* ids, uint32_t place, const uint32_t* wanted,
                               Fragment* end) {
  uint32_t left = kAllSamples;
  for (int s = 0; s < kNumSamples; ++s) {
    uint32_t same = 0;
    for (int i = s; i < kNumSamples; ++i) same |= static_cast<uint32_t>(ids[i] == ids[s]) << i;
    const uint32_t shown = (left >> s & 1U) != 0 ? same & wanted[0] : 0;
    left &= ~same;
    *end = {place | shown << 24U, ids[s]};
    end += static_cast<ptrdiff_t>(shown != 0);
  }
  return end;
}
#else
using Tag = hn::CappedTag<uint32_t, kBlockSize * kNumSamples>;
inline constexpr int kPixels = static_cast<int>(hn::MaxLanes(Tag())) / kNumSamples;

HWY_INLINE Fragment* AddPixels(const TriangleId* ids, uint32_t place, const uint32_t* wanted,
                               Fragment* end) {
  const Tag d;
  const auto one = hn::Set(d, 1);
  const auto lane = hn::Iota(d, 0);
  const auto bit = hn::Shl(one, hn::And(lane, hn::Set(d, kNumSamples - 1)));
  // of each sample those that see the same; none if an earlier one does, too
  const auto id = hn::LoadU(d, ids);
  const auto next = hn::IfThenElseZero(hn::Eq(id, hn::Shuffle0321(id)), hn::Shuffle0321(bit));
  const auto other = hn::IfThenElseZero(hn::Eq(id, hn::Shuffle1032(id)), hn::Shuffle1032(bit));
  const auto last = hn::IfThenElseZero(hn::Eq(id, hn::Shuffle2103(id)), hn::Shuffle2103(bit));
  const auto same = hn::Or(hn::Or(bit, next), hn::Or(other, last));
  const auto is_first = hn::Eq(hn::And(same, hn::Sub(bit, one)), hn::Zero(d));
  const auto shown = hn::IfThenElseZero(is_first, hn::And(same, hn::LoadU(d, wanted)));
  const auto pixel =
      hn::Or(hn::Add(hn::Set(d, place), hn::ShiftRight<2>(lane)), hn::ShiftLeft<24>(shown));

  const auto is_shown = hn::Ne(shown, hn::Zero(d));
  hn::StoreInterleaved2(PackLanes(d, pixel, is_shown), PackLanes(d, id, is_shown), d,
                        reinterpret_cast<uint32_t*>(end));
  return end + hn::CountTrue(d, is_shown);
}
#endif

// The end of the fragments of all blocks.
Fragment* AddBlocks(const VisibilityBuffer& buffer, const BlockMask& mask,
                    std::span<const uint8_t> only, Fragment* end) {
  const SampleLayout layout(mask);
  const int width = mask.num_columns * kBlockSize;
  alignas(64) uint32_t wanted[kBlockSize * kNumSamples];
  std::ranges::fill(wanted, kAllSamples);
  const auto add_row = [&](int first_x, int y) HWY_ATTR {
    if (!only.empty()) {
      for (int i = 0; i < kBlockSize; ++i) {
        const uint32_t samples = only[static_cast<size_t>(y * width + first_x + i)];
        std::fill_n(wanted + i * kNumSamples, kNumSamples, samples);
      }
    }
    const TriangleId* ids = buffer.triangle.data() + layout.At(first_x, y);
    for (int i = 0; i < kBlockSize; i += kPixels) {
      const int sample = i * kNumSamples;
      end = AddPixels(ids + sample, PackPixel(first_x + i, y, 0), wanted + sample, end);
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
  return end;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace libero {

HWY_EXPORT(AddBlocks);

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
  const size_t most = static_cast<size_t>(mask.num_blocks()) * kBlockPixels * kNumSamples +
                      kBlockPixels;  // AddPixels writes beyond the end
  if (list.unsorted.size() < most) list.unsorted.resize(most);
  const Fragment* end = HWY_DYNAMIC_DISPATCH(AddBlocks)(buffer, mask, only, list.unsorted.data());
  SortFragments({list.unsorted.data(), end}, clusters, num_items, list);
}

}  // namespace libero
#endif  // HWY_ONCE
