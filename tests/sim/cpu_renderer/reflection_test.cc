#include "sim/cpu_renderer/reflection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cpu_renderer/geometry_pass.h"
#include "sim/cpu_renderer/tessellation.h"
#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr int kWidth = 30;
constexpr int kHeight = 22;

// A box of half size (1, 1, 1) at (0, 0, -1), whose upper side is at z = 0, and a small one before
// it, as a camera at (0, -5, 3) sees them.
class ReflectionTest : public testing::Test {
 protected:
  ReflectionTest() {
    items_[0].object_to_world[11] = -1;
    items_[1].geom_index = 1;
    for (const size_t i : {0, 5, 10}) items_[1].object_to_world[i] = 0.1F;
    items_[1].object_to_world[3] = 0.3F;
    items_[1].object_to_world[7] = -1;
    visibility_.Clear(mask_);
    DrawOpaque({.view = view_, .items = items_, .mask = mask_}, visibility_, clusters_);
    CollectFragments(visibility_, mask_, clusters_, items_.size(), {}, fragments_);
  }

  void Find(const BlockMask& mask) {
    FindReflectorSamples(items_, reflector_, fragments_, clusters_, mask, found_);
  }

  // Where a sample's ray meets z = 0, if it sees that side of the first box.
  [[nodiscard]] bool SeesTop(int x, int y, size_t sample) const {
    constexpr double kX[] = {0.375, 0.875, 0.125, 0.625};
    constexpr double kY[] = {0.125, 0.375, 0.625, 0.875};
    std::array<double, 3> ray{};
    for (size_t k = 0; k < 3; ++k) {
      ray[k] = view_.direction[k] + (x + kX[sample] - 0.5) * double{view_.direction_dx[k]} +
               (y + kY[sample] - 0.5) * double{view_.direction_dy[k]};
    }
    const double distance = -view_.eye[2] / ray[2];
    if (distance <= 0) return false;
    const auto p = [&](size_t k) {
      return view_.eye[k] + distance * ray[k];
    };
    return std::abs(p(0)) < 1 && std::abs(p(1)) < 1;
  }

  ClusterMesh box_ = MakeClusterMesh(TessellateBox(2));
  std::vector<DrawItem> items_ = {ItemOf(box_), ItemOf(box_)};
  Reflector reflector_ = {.normal = {0, 0, 1}, .reflectance = 0.5F};
  View view_ = MakeView({.position = {0, -5, 3},
                         .forward = {0, 0.8F, -0.6F},
                         .up = {0, 0.6F, 0.8F},
                         .bottom = -0.04F,
                         .top = 0.04F,
                         .near_z = 0.1F,
                         .far_z = 50},
                        kWidth, kHeight);
  BlockMask mask_ = WholeMask(kWidth, kHeight);
  VisibilityBuffer visibility_;
  FrameClusters clusters_;
  FragmentList fragments_;
  ReflectorSamples found_;
};

TEST_F(ReflectionTest, CountsTheReflectorsParts) {
  const std::vector<DrawItem> items = {{.geom_index = 4}, {.geom_index = 4}, {.geom_index = 1}};
  EXPECT_EQ(CountReflectorItems(items, {.geom_index = 4}), 2);
  EXPECT_EQ(CountReflectorItems(items, {.geom_index = 1}), 0) << "it would come first";
  EXPECT_EQ(CountReflectorItems({}, {.geom_index = 4}), 0);
}

TEST_F(ReflectionTest, OnlyTheUpperSideReflectsWhereItIsSeen) {
  Find(mask_);
  const int width = mask_.num_columns * kBlockSize;
  ASSERT_EQ(found_.bits.size(), static_cast<size_t>(width * mask_.num_rows * kBlockSize));
  int num_found = 0;
  int num_hidden = 0;
  int num_wrong = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const auto block = static_cast<size_t>(y / 4 * mask_.num_columns + x / 4);
      for (size_t s = 0; s < kNumSamples; ++s) {
        const bool is_found = (found_.bits[static_cast<size_t>(y * width + x)] >> s & 1) != 0;
        const TriangleId id = visibility_.triangle[SampleLayout(mask_).At(x, y) + s];
        const bool is_other = id != 0 && clusters_.item[SlotOf(id)] == 1;
        num_found += static_cast<int>(is_found);
        num_hidden += static_cast<int>(is_other && SeesTop(x, y, s));
        num_wrong += static_cast<int>(is_found != (SeesTop(x, y, s) && !is_other));
        EXPECT_TRUE(!is_found || found_.mask.is_drawn[block]);
      }
    }
  }
  EXPECT_GT(num_found, 150);
  EXPECT_GT(num_hidden, 3) << "the small box hides some";
  constexpr int kOnEdges = 4;  // corners are rounded to 1/256 pixel
  EXPECT_LE(num_wrong, kOnEdges);
}

TEST_F(ReflectionTest, BlocksWithoutReflectorAreNotMarked) {
  Find(mask_);
  int num_marked = 0;
  for (size_t block = 0; block < found_.mask.is_drawn.size(); ++block) {
    if (!found_.mask.is_drawn[block]) continue;
    ++num_marked;
    uint8_t any = 0;
    const size_t column = block % static_cast<size_t>(mask_.num_columns);
    const size_t row = block / static_cast<size_t>(mask_.num_columns);
    for (size_t i = 0; i < kBlockPixels; ++i) {
      const size_t y = 4 * row + i / 4;
      any |= found_.bits[y * static_cast<size_t>(mask_.num_columns) * 4 + 4 * column + i % 4];
    }
    EXPECT_NE(any, 0) << block;
  }
  EXPECT_LT(num_marked, mask_.num_blocks());
}

TEST_F(ReflectionTest, WithoutItsFragmentsNothingReflects) {
  fragments_.first.assign(items_.size() + 2, 0);
  Find(mask_);
  EXPECT_FALSE(found_.mask.any());
  EXPECT_THAT(found_.bits, Each(0));
}

TEST_F(ReflectionTest, ReflectionsAddUpToWhite) {
  Find(mask_);
  SampleColors samples;
  SampleColors reflection;
  samples.Resize(mask_);
  reflection.Resize(mask_);
  std::ranges::fill(samples.texels, 0x0A80F0U);
  std::ranges::fill(reflection.texels, 0x057F10U);
  found_.bits.assign(found_.bits.size(), 0);
  const int x = kBlockSize * found_.mask.first_column;
  const int y = kBlockSize * found_.mask.first_row;
  const auto pixel = static_cast<size_t>(y * samples.width + x);
  found_.bits[pixel] = 0b1001;
  AddReflection(found_, reflection, samples);
  const std::span<const uint32_t> texels = samples.texels;
  EXPECT_THAT(texels.subspan(kNumSamples * pixel, kNumSamples),
              ElementsAre(0x0FFFFFU, 0x0A80F0U, 0x0A80F0U, 0x0FFFFFU));
  EXPECT_EQ(std::ranges::count(texels, 0x0A80F0U), std::ssize(texels) - 2);
}

}  // namespace
}  // namespace libero
