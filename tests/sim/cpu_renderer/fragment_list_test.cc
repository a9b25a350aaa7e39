#include "sim/cpu_renderer/fragment_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// (x, y, samples, triangle)
using Entry = std::array<uint32_t, 4>;

std::vector<Entry> Entries(std::span<const Fragment> fragments) {
  std::vector<Entry> entries;
  for (const Fragment& f : fragments) {
    entries.push_back({f.pixel & 4095U, f.pixel >> 12 & 4095U, f.pixel >> 24, f.triangle});
  }
  return entries;
}

constexpr TriangleId Id(uint32_t slot, uint32_t triangle) {
  return (slot + 1) << kTriangleBits | triangle;
}

// A picture of 7×6 pixels, two by two blocks, and clusters of three items.
class FragmentListTest : public testing::Test {
 protected:
  FragmentListTest() {
    buffer_.Clear(mask_);
    clusters_.Reserve(4);
    clusters_.num_slots = 4;
    clusters_.item[0] = 2;
    clusters_.item[1] = 0;
    clusters_.item[2] = 2;
    clusters_.item[3] = 1;
  }

  void Set(int x, int y, const std::array<TriangleId, kNumSamples>& ids) {
    std::ranges::copy(ids, buffer_.triangle.data() + SampleLayout(mask_).At(x, y));
  }

  void Collect(std::span<const uint8_t> only = {}) {
    CollectFragments(buffer_, mask_, clusters_, kNumItems, only, list_);
  }

  static constexpr size_t kNumItems = 3;
  BlockMask mask_ = WholeMask(7, 6);
  VisibilityBuffer buffer_;
  FrameClusters clusters_;
  FragmentList list_;
};

TEST_F(FragmentListTest, WhereNothingIsThereIsBackground) {
  Collect();
  for (size_t item = 0; item < kNumItems; ++item) EXPECT_THAT(list_.of_item(item), IsEmpty());
  const std::vector<Entry> entries = Entries(list_.of_item(kNumItems));
  ASSERT_EQ(entries.size(), 4 * kBlockPixels);
  EXPECT_EQ(entries[0], (Entry{0, 0, 15, 0}));
  EXPECT_EQ(entries[5], (Entry{1, 1, 15, 0})) << "block by block";
  EXPECT_EQ(entries[17], (Entry{5, 0, 15, 0}));
}

TEST_F(FragmentListTest, SamplesOfOneTriangleAreOneFragment) {
  Set(5, 4, {Id(1, 3), Id(0, 7), Id(1, 3), Id(1, 4)});
  Collect();
  EXPECT_THAT(Entries(list_.of_item(0)),
              ElementsAre(Entry{5, 4, 0b0101, Id(1, 3)}, Entry{5, 4, 0b1000, Id(1, 4)}));
  EXPECT_THAT(Entries(list_.of_item(2)), ElementsAre(Entry{5, 4, 0b0010, Id(0, 7)}));
  EXPECT_EQ(list_.of_item(kNumItems).size(), 4 * kBlockPixels - 1);
}

TEST_F(FragmentListTest, SamplesThatSeeNothingAreTheBackgrounds) {
  Set(2, 1, {Id(3, 47), 0, 0, Id(3, 47)});
  Collect();
  EXPECT_THAT(Entries(list_.of_item(1)), ElementsAre(Entry{2, 1, 0b1001, Id(3, 47)}));
  EXPECT_EQ(Entries(list_.of_item(kNumItems))[6], (Entry{2, 1, 0b0110, 0}));
}

TEST_F(FragmentListTest, ItemsFragmentsAreTogetherInTheOrderOfBlocks) {
  const auto all = [](TriangleId id) {
    return std::array{id, id, id, id};
  };
  Set(4, 0, all(Id(2, 0)));
  Set(0, 5, all(Id(2, 1)));
  Set(1, 1, all(Id(0, 2)));
  Collect();
  EXPECT_THAT(
      Entries(list_.of_item(2)),
      ElementsAre(Entry{1, 1, 15, Id(0, 2)}, Entry{4, 0, 15, Id(2, 0)}, Entry{0, 5, 15, Id(2, 1)}));
  EXPECT_THAT(list_.visible_triangles, ElementsAre(0b100, 0, 0b11, 0));
}

TEST_F(FragmentListTest, OtherBlocksAreLeftOut) {
  Set(0, 0, {Id(1, 0), Id(1, 0), Id(1, 0), Id(1, 0)});
  mask_.ClearAll();
  mask_.AddPixels(4, 4, 5, 5);
  Collect();
  EXPECT_THAT(list_.of_item(0), IsEmpty());
  EXPECT_EQ(list_.of_item(kNumItems).size(), kBlockPixels);
  EXPECT_EQ(Entries(list_.of_item(kNumItems))[0], (Entry{4, 4, 15, 0}));
}

TEST_F(FragmentListTest, OnlySamplesThatAreAskedForAreTaken) {
  std::vector<uint8_t> only(8 * 8, 0);
  only[8 * 4 + 5] = 0b0110;
  only[8 * 0 + 3] = 0b0011;
  Set(5, 4, {Id(1, 3), Id(1, 3), Id(0, 7), Id(1, 3)});
  Set(2, 2, {Id(3, 0), Id(3, 0), Id(3, 0), Id(3, 1)});
  Collect(only);
  EXPECT_THAT(Entries(list_.of_item(0)), ElementsAre(Entry{5, 4, 0b0010, Id(1, 3)}));
  EXPECT_THAT(Entries(list_.of_item(2)), ElementsAre(Entry{5, 4, 0b0100, Id(0, 7)}));
  EXPECT_THAT(Entries(list_.of_item(kNumItems)), ElementsAre(Entry{3, 0, 0b0011, 0}));
  EXPECT_THAT(list_.visible_triangles, ElementsAre(1 << 7, 1 << 3, 0, 0));
}

TEST_F(FragmentListTest, SortingKeepsAnItemsOrder) {
  const std::vector<Fragment> fragments = {{PackPixel(3, 2, 1), Id(2, 5)},
                                           {PackPixel(1, 1, 15), Id(1, 0)},
                                           {PackPixel(0, 0, 4), Id(0, 2)},
                                           {PackPixel(3, 2, 1), Id(2, 5)},
                                           {PackPixel(4095, 4095, 8), Id(1, 1)}};
  SortFragments(fragments, clusters_, kNumItems, list_);
  EXPECT_THAT(Entries(list_.of_item(0)),
              ElementsAre(Entry{1, 1, 15, Id(1, 0)}, Entry{4095, 4095, 8, Id(1, 1)}));
  EXPECT_THAT(list_.of_item(1), IsEmpty());
  EXPECT_THAT(
      Entries(list_.of_item(2)),
      ElementsAre(Entry{3, 2, 1, Id(2, 5)}, Entry{0, 0, 4, Id(0, 2)}, Entry{3, 2, 1, Id(2, 5)}));
  EXPECT_THAT(list_.visible_triangles, ElementsAre(1 << 2, 0b11, 1 << 5, 0));
}

TEST_F(FragmentListTest, NoFragmentsAreNone) {
  SortFragments({}, clusters_, kNumItems, list_);
  EXPECT_THAT(list_.fragments, IsEmpty());
  EXPECT_THAT(list_.of_item(kNumItems), IsEmpty());
}

}  // namespace
}  // namespace libero
