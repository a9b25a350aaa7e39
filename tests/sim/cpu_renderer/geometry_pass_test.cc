#include "sim/cpu_renderer/geometry_pass.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

constexpr int kWidth = 61;  // the last blocks are cut
constexpr int kHeight = 46;
// Relative: positions in the picture are floats, 1e-5 pixel off, where 1/W may double in a pixel.
constexpr double kDepthError = 3e-5;

// Where samples are in a pixel, in 1/8.
constexpr int kSampleX[] = {3, 7, 1, 5};
constexpr int kSampleY[] = {1, 3, 5, 7};
constexpr int kUnit = 256;  // of snapped positions

// Which triangle: item, cluster, number in the cluster.
using Name = std::tuple<uint32_t, const Cluster*, uint32_t>;

// A triangle in the picture, corners on multiples of 1/256 pixel, counter-clockwise if it is seen.
struct PictureTriangle {
  Name name;
  std::array<int64_t, 3> x, y;
  std::array<double, 3> inverse_w;

  [[nodiscard]] int64_t Edge(size_t i, int64_t px, int64_t py) const {
    const size_t j = (i + 1) % 3;
    return (x[j] - x[i]) * (py - y[i]) - (y[j] - y[i]) * (px - x[i]);
  }
  [[nodiscard]] int64_t area() const { return Edge(0, x[2], y[2]); }
  [[nodiscard]] bool Covers(int64_t px, int64_t py) const {
    for (size_t i = 0; i < 3; ++i) {
      const int64_t edge = Edge(i, px, py);
      const int64_t dx = x[(i + 1) % 3] - x[i];
      const int64_t dy = y[(i + 1) % 3] - y[i];
      const bool owns_edge = dy < 0 || (dy == 0 && dx > 0);  // a left or a lower one
      if (edge < 0 || (edge == 0 && !owns_edge)) return false;
    }
    return area() > 0;
  }
  [[nodiscard]] double InverseDepth(int64_t px, int64_t py) const {
    double sum = 0;
    for (size_t i = 0; i < 3; ++i) {
      sum += static_cast<double>(Edge((i + 1) % 3, px, py)) * inverse_w[i];
    }
    return sum / static_cast<double>(area());
  }
  // Whether depth is well defined: not much longer than high.
  [[nodiscard]] bool IsRound() const {
    int64_t longest = 0;
    for (size_t i = 0; i < 3; ++i) {
      const int64_t dx = x[(i + 1) % 3] - x[i];
      const int64_t dy = y[(i + 1) % 3] - y[i];
      longest = std::max(longest, dx * dx + dy * dy);
    }
    return 20 * area() > longest;
  }
};

// The triangles of items, in the order in which they are drawn.
std::vector<PictureTriangle> InPicture(const View& view, const std::vector<DrawItem>& items) {
  std::vector<PictureTriangle> triangles;
  for (uint32_t i = 0; i < items.size(); ++i) {
    const ClusterMesh& mesh = *items[i].mesh;
    const bool flips = view.is_mirrored != items[i].culls_front;
    for (const Cluster& cluster : mesh.clusters) {
      for (uint32_t t = 0; t < cluster.num_triangles; ++t) {
        PictureTriangle triangle{.name = {i, &cluster, t}};
        for (size_t c = 0; c < 3; ++c) {
          const size_t at = cluster.first_position +
                            mesh.corner_position[flips ? 2 - c : c][cluster.first_triangle + t];
          const auto xyw =
              Transform(view.world_to_pixel, std::array{mesh.x[at], mesh.y[at], mesh.z[at]});
          triangle.x[c] = std::lround(xyw[0] / xyw[2] * kUnit);
          triangle.y[c] = std::lround(xyw[1] / xyw[2] * kUnit);
          triangle.inverse_w[c] = 1 / xyw[2];
        }
        triangles.push_back(triangle);
      }
    }
  }
  return triangles;
}

// Triangles with corners on multiples of 1/`fraction` pixel around random pixels.
ClusterMesh Scattered(int num, float radius, float fraction, const View& view,
                      RandomNumbers& random) {
  TriangleSoup soup;
  for (int i = 0; i < num; ++i) {
    const float x = random.Uniform(-5, kWidth + 5);
    const float y = random.Uniform(-5, kHeight + 5);
    for (int corner = 0; corner < 3; ++corner) {
      const auto snap = [&](float v) {
        return std::round((v + random.Uniform(-radius, radius)) * fraction) / fraction;
      };
      auto p = PointAt(snap(x), snap(y), random.Uniform(0.5F, 4));
      if (view.is_mirrored) p[0] = -p[0];
      soup.positions.insert(soup.positions.end(), p.begin(), p.end());
    }
  }
  soup.normals.resize(soup.positions.size(), 1);
  return MakeClusterMesh(soup);
}

// What of a picture sees triangles.
struct Drawn {
  VisibilityBuffer buffer;
  FrameClusters clusters;

  [[nodiscard]] Name NameOf(TriangleId id) const {
    return {clusters.item[SlotOf(id)], clusters.cluster[SlotOf(id)], TriangleOf(id)};
  }
};

Drawn Draw(const View& view, const std::vector<DrawItem>& items, const BlockMask& mask,
           SamplePattern pattern = SamplePattern::kFour) {
  Drawn drawn;
  drawn.buffer.Clear(mask);
  DrawOpaque({.view = view, .items = items, .mask = mask, .pattern = pattern}, drawn.buffer,
             drawn.clusters);
  return drawn;
}

// Calls function(sample's place in buffers, x, y, sample) for all samples; x and y in 1/256 pixel.
template <class Function>
void ForSamples(const BlockMask& mask, SamplePattern pattern, const Function& function) {
  const bool is_four = pattern == SamplePattern::kFour;
  const SampleLayout layout(mask);
  for (int y = 0; y < kBlockSize * mask.num_rows; ++y) {
    for (int x = 0; x < kBlockSize * mask.num_columns; ++x) {
      for (int s = 0; s < kNumSamples; ++s) {
        function(layout.At(x, y) + static_cast<size_t>(s),
                 x * kUnit + (is_four ? kSampleX[s] : 4) * kUnit / 8,
                 y * kUnit + (is_four ? kSampleY[s] : 4) * kUnit / 8, s);
      }
    }
  }
}

struct Kind {
  std::string name;
  bool is_mirrored = false;
  bool shows_back = false;
  SamplePattern pattern = SamplePattern::kFour;

  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

class GeometryPassTest : public testing::TestWithParam<Kind> {
 protected:
  GeometryPassTest() {
    view_.is_mirrored = GetParam().is_mirrored;
    if (view_.is_mirrored) view_.world_to_pixel[0] = -1;
  }

  void Add(int num, float radius, float fraction) {
    meshes_.push_back(
        std::make_unique<ClusterMesh>(Scattered(num, radius, fraction, view_, random_)));
    items_.push_back(ItemOf(*meshes_.back()));
    items_.back().culls_front = GetParam().shows_back;
  }

  // Compares all samples with the definition; returns how many see something.
  int ExpectReference() {
    const std::vector<PictureTriangle> triangles = InPicture(view_, items_);
    const Drawn drawn = Draw(view_, items_, mask_, GetParam().pattern);
    int num_covered = 0;
    int num_wrong = 0;
    ForSamples(mask_, GetParam().pattern, [&](size_t address, int x, int y, int) {
      const PictureTriangle* nearest = nullptr;
      double inverse_depth = 0;
      bool is_close = false;  // to another one, so that rounding decides
      for (const PictureTriangle& t : triangles) {
        if (!t.Covers(x, y)) continue;
        const double value = t.InverseDepth(x, y);
        const double error = 100 * kDepthError * value;
        is_close = nearest != nullptr && value > inverse_depth - error &&
                   (is_close || value < inverse_depth + error);
        if (value < inverse_depth) continue;
        nearest = &t;
        inverse_depth = value;
      }
      const TriangleId id = drawn.buffer.triangle[address];
      num_wrong += static_cast<int>((id != 0) != (nearest != nullptr));
      if (id == 0 || nearest == nullptr) return;
      ++num_covered;
      if (is_close || !nearest->IsRound()) return;
      num_wrong += static_cast<int>(drawn.NameOf(id) != nearest->name);
      EXPECT_NEAR(drawn.buffer.inverse_depth[address], inverse_depth, kDepthError * inverse_depth);
    });
    EXPECT_EQ(num_wrong, 0);
    return num_covered;
  }

  RandomNumbers random_{1};
  View view_ = PixelView(kWidth, kHeight);
  BlockMask mask_ = WholeMask(kWidth, kHeight);
  std::vector<std::unique_ptr<ClusterMesh>> meshes_;
  std::vector<DrawItem> items_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, GeometryPassTest,
                         testing::Values(Kind{"Direct"}, Kind{"Mirrored", true},
                                         Kind{"Back", false, true},
                                         Kind{"MirroredBack", true, true},
                                         Kind{"Center", false, false, SamplePattern::kCenter}),
                         [](const auto& test) { return test.param.name; });

TEST_P(GeometryPassTest, TinyTrianglesCoverWhatTheyShould) {
  Add(1500, 1, 256);
  Add(500, 0.6F, 8);  // samples are on their edges
  EXPECT_GT(ExpectReference(), 500);
}

TEST_P(GeometryPassTest, SmallTrianglesCoverWhatTheyShould) {
  Add(100, 6, 256);
  Add(100, 6, 8);
  Add(50, 20, 8);
  EXPECT_GT(ExpectReference(), 4000);
}

TEST_P(GeometryPassTest, LargeTrianglesCoverWhatTheyShould) {
  Add(20, 60, 8);
  Add(20, 300, 8);
  Add(20, 2000, 256);
  EXPECT_GT(ExpectReference(), 8000);
}

TEST_P(GeometryPassTest, OtherBlocksAreNotTouched) {
  Add(300, 1, 8);
  Add(100, 20, 8);
  Add(20, 300, 8);
  const Drawn whole = Draw(view_, items_, mask_, GetParam().pattern);
  BlockMask part = mask_;
  part.ClearAll();
  for (int i = 0; i < 12; ++i) {
    const int x = random_.Integer(0, kWidth - 1);
    const int y = random_.Integer(0, kHeight - 1);
    part.AddPixels(x, y, x + random_.Integer(1, 9), y + random_.Integer(1, 9));
  }
  Drawn drawn;
  drawn.buffer.Clear(mask_);
  std::ranges::fill(drawn.buffer.triangle, 12345U);
  std::ranges::fill(drawn.buffer.inverse_depth, 0.0F);
  drawn.buffer.Clear(part);
  DrawOpaque({.view = view_, .items = items_, .mask = part, .pattern = GetParam().pattern},
             drawn.buffer, drawn.clusters);
  EXPECT_LT(drawn.clusters.num_slots, whole.clusters.num_slots);
  ForSamples(mask_, GetParam().pattern, [&](size_t i, int x, int y, int) {
    const TriangleId id = drawn.buffer.triangle[i];
    if (!part.IsDrawn(x / kUnit, y / kUnit)) {
      ASSERT_EQ(id, 12345);
      ASSERT_EQ(drawn.buffer.inverse_depth[i], 0);
      return;
    }
    ASSERT_EQ(drawn.buffer.inverse_depth[i], whole.buffer.inverse_depth[i]) << "bit by bit";
    ASSERT_EQ(id == 0, whole.buffer.triangle[i] == 0);
    if (id == 0) return;
    ASSERT_TRUE(drawn.NameOf(id) == whole.NameOf(whole.buffer.triangle[i]));
  });
}

TEST_P(GeometryPassTest, OfEqualDepthsTheLastOneIsSeen) {
  Add(40, 1, 8);
  Add(40, 30, 8);
  items_ = {items_[0], items_[1], items_[0], items_[1]};
  Drawn drawn;
  drawn.buffer.Clear(mask_);
  DrawOpaque({.view = view_, .items = items_, .first_item = 10, .mask = mask_}, drawn.buffer,
             drawn.clusters);
  int num_seen = 0;
  for (const TriangleId id : drawn.buffer.triangle) {
    if (id == 0) continue;
    ++num_seen;
    EXPECT_GE(drawn.clusters.item[SlotOf(id)], 12);
  }
  EXPECT_GT(num_seen, 1000);
}

TEST_P(GeometryPassTest, TransparentOnesGiveFragmentsOfWhatIsNotHidden) {
  Add(300, 1, 8);
  Add(60, 10, 8);
  Add(10, 100, 8);
  items_.push_back(items_[1]);
  items_[0].rgba[3] = 0.5F;
  items_[3].rgba[3] = -0.5F;
  Drawn drawn = Draw(view_, {}, mask_);
  // three stripes: nothing, at W = 1, and before all
  for (size_t i = 0; i < drawn.buffer.inverse_depth.size(); ++i) {
    drawn.buffer.inverse_depth[i] = std::array{0.0F, 1.0F, 3.0F}.at(i / 64 % 3);
  }
  const VisibilityBuffer before = drawn.buffer;
  std::vector<Fragment> fragments;
  DrawTransparent({.view = view_, .items = items_, .mask = mask_, .pattern = GetParam().pattern},
                  drawn.buffer, drawn.clusters, fragments);
  EXPECT_EQ(drawn.buffer.inverse_depth, before.inverse_depth);
  EXPECT_EQ(drawn.buffer.triangle, before.triangle);

  std::map<std::pair<Name, uint32_t>, uint32_t> found;  // samples of triangles and pixels
  uint32_t last_item = 0;
  for (const Fragment& fragment : fragments) {
    const Name name = drawn.NameOf(fragment.triangle);
    EXPECT_GE(std::get<0>(name), last_item);
    last_item = std::get<0>(name);
    const bool is_new =
        found.emplace(std::pair(name, fragment.pixel & 0xFFFFFFU), fragment.pixel >> 24).second;
    EXPECT_TRUE(is_new);
  }
  int num_wrong = 0;
  int num_hidden = 0;
  for (const PictureTriangle& t : InPicture(view_, {items_.begin(), items_.begin() + 3})) {
    if (!t.IsRound()) continue;
    ForSamples(mask_, GetParam().pattern, [&](size_t address, int x, int y, int s) {
      const auto at = found.find({t.name, PackPixel(x / kUnit, y / kUnit, 0)});
      const bool is_found = at != found.end() && (at->second >> s & 1U) != 0;
      if (!t.Covers(x, y)) {
        num_wrong += static_cast<int>(is_found);
        return;
      }
      const double difference = t.InverseDepth(x, y) - before.inverse_depth[address];
      if (std::abs(difference) < 100 * kDepthError) return;
      num_hidden += static_cast<int>(difference < 0);
      num_wrong += static_cast<int>(is_found != (difference > 0));
    });
  }
  EXPECT_EQ(num_wrong, 0);
  EXPECT_GT(num_hidden, 1000);
}

}  // namespace
}  // namespace libero
