// Surfaces of the geometry pass have no holes and cover nothing twice.
#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cpu_renderer/geometry_pass.h"
#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

using testing::Each;

constexpr int kSize = 48;

// Points of a grid, row by row, as triangles; each cell is cut along one of its diagonals.
ClusterMesh Grid(const std::vector<std::array<float, 3>>& points, int num_columns,
                 RandomNumbers& random) {
  TriangleSoup soup;
  const auto add = [&](size_t i) {
    soup.positions.insert(soup.positions.end(), points[i].begin(), points[i].end());
  };
  const auto columns = static_cast<size_t>(num_columns);
  for (size_t a = 0; a + columns + 1 < points.size(); ++a) {
    if (a % columns == columns - 1) continue;
    const size_t b = a + 1;
    const size_t c = a + columns + 1;
    const size_t d = a + columns;
    const bool is_upright = random.Integer(0, 1) == 0;
    for (const size_t i :
         is_upright ? std::array{a, b, c, a, c, d} : std::array{a, b, d, b, c, d}) {
      add(i);
    }
  }
  soup.normals.resize(soup.positions.size(), 1);
  return MakeClusterMesh(soup);
}

// How often each sample is covered, (pixels, samples), row by row in whole blocks.
std::vector<int> CountCovers(const View& view, const ClusterMesh& mesh,
                             SamplePattern pattern = SamplePattern::kFour) {
  const BlockMask mask = WholeMask(view.width, view.height);
  const DrawItem item = ItemOf(mesh);
  VisibilityBuffer buffer;
  buffer.Clear(mask);
  FrameClusters clusters;
  std::vector<Fragment> fragments;
  DrawTransparent({.view = view, .items = {&item, 1}, .mask = mask, .pattern = pattern}, buffer,
                  clusters, fragments);
  std::vector<int> covers(static_cast<size_t>(mask.num_blocks()) * kBlockPixels * kNumSamples);
  for (const Fragment& fragment : fragments) {
    const size_t pixel =
        (fragment.pixel >> 12 & 4095U) * static_cast<size_t>(view.width) + (fragment.pixel & 4095U);
    for (size_t s = 0; s < kNumSamples; ++s) {
      covers[pixel * kNumSamples + s] += static_cast<int>(fragment.pixel >> (24 + s) & 1U);
    }
  }
  return covers;
}

// A surface that fills the picture: a point each `step`/8 pixel, moved by up to a quarter of that,
// at multiples of 1/8 pixel, so that many edges and corners are at samples.
void ExpectEverySampleOnce(int step, SamplePattern pattern) {
  RandomNumbers random(static_cast<unsigned>(step));
  const int num = 8 * kSize / step + 4;
  std::vector<std::array<float, 3>> points;
  for (int row = 0; row < num; ++row) {
    for (int column = 0; column < num; ++column) {
      const int x = (column - 1) * step + random.Integer(-step / 4, step / 4);
      const int y = (row - 1) * step + random.Integer(-step / 4, step / 4);
      points.push_back(
          PointAt(static_cast<float>(x) / 8, static_cast<float>(y) / 8, random.Uniform(1, 1.1F)));
    }
  }
  const std::vector<int> covers =
      CountCovers(PixelView(kSize, kSize), Grid(points, num, random), pattern);
  EXPECT_THAT(covers, Each(1)) << "a point each " << step << "/8 pixel";
}

TEST(WatertightTest, NeighboursCoverEverySampleOnce) {
  for (const int step : {4, 5, 8, 12, 16, 24, 64, 150, 500}) {
    ExpectEverySampleOnce(step, SamplePattern::kFour);
    ExpectEverySampleOnce(step, SamplePattern::kCenter);
  }
}

// A view with the eye 1 m above a floor and its horizon in the middle, and the floor, from 6 m
// ahead to 3 m behind the eye, and 40 m to both sides.
class FloorTest : public testing::Test {
 protected:
  static constexpr int kFocal = 20;                // pixels
  static constexpr double kHorizon = kSize / 2.0;  // row, and column of the middle

  FloorTest() {
    view_.world_to_pixel = {kFocal, 0, -kHorizon, 0, 0, kFocal, -kHorizon, 0, 0, 0, -1, 0};
  }

  ClusterMesh Floor(float step) {
    const int columns = static_cast<int>(80 / step) + 1;
    const int rows = static_cast<int>(9 / step) + 1;
    std::vector<std::array<float, 3>> points;
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const float jitter = row == 0 || row == rows - 1 ? 0 : step / 4;
        points.push_back({static_cast<float>(column) * step - 40 + random_.Uniform(-jitter, jitter),
                          -1,
                          3 - static_cast<float>(row) * step + random_.Uniform(-jitter, jitter)});
      }
    }
    return Grid(points, columns, random_);
  }

  // `sees`: (x, W) → whether the floor is seen there. Samples close to what is cut are left out.
  template <class Sees>
  void ExpectOnceWhere(const ClusterMesh& floor, const Sees& sees) {
    const std::vector<int> covers = CountCovers(view_, floor);
    int num_covered = 0;
    int num_wrong = 0;
    for (size_t i = 0; i < covers.size(); ++i) {
      constexpr std::array kX = {0.375, 0.875, 0.125, 0.625};
      constexpr std::array kY = {0.125, 0.375, 0.625, 0.875};
      const double x = static_cast<double>(i / kNumSamples % kSize) + kX[i % kNumSamples];
      const double y = static_cast<double>(i / kNumSamples / kSize) + kY[i % kNumSamples];
      const auto is_seen = [&](double dx, double dy) {
        const double w = kFocal / (kHorizon - y - dy);
        return w > 0 && w < 6 && sees((x + dx - kHorizon) * w / kFocal, w);
      };
      constexpr double kMargin = 1.0 / 128;  // pixels
      const bool is_covered = is_seen(0, 0);
      if (is_seen(kMargin, kMargin) != is_covered || is_seen(-kMargin, -kMargin) != is_covered ||
          is_seen(kMargin, -kMargin) != is_covered || is_seen(-kMargin, kMargin) != is_covered) {
        continue;
      }
      num_wrong += static_cast<int>(covers[i] != static_cast<int>(is_covered));
      num_covered += covers[i];
    }
    EXPECT_EQ(num_wrong, 0);
    EXPECT_GT(num_covered, 500);
  }

  RandomNumbers random_{7};
  View view_ = PixelView(kSize, kSize);
};

TEST_F(FloorTest, FloorsThatReachBehindTheEyeHaveNoHoles) {
  for (const float step : {0.5F, 1.0F, 3.0F}) {
    ExpectOnceWhere(Floor(step), [](double, double) { return true; });
  }
}

TEST_F(FloorTest, FloorsEndAtTheNearPlane) {
  view_.near_w = 1.2;
  for (const float step : {0.5F, 1.0F, 3.0F}) {
    ExpectOnceWhere(Floor(step), [](double, double w) { return w > 1.2; });
  }
}

TEST_F(FloorTest, FloorsEndAtTheClipPlane) {
  view_.clip = HalfSpace{{0.6, 0, -0.8}, -1};
  for (const float step : {0.5F, 1.0F, 3.0F}) {
    ExpectOnceWhere(Floor(step), [](double x, double w) { return 0.6 * x + 0.8 * w > 1; });
  }
}

TEST_F(FloorTest, DepthsOfCutTrianglesAreThoseOfTheWhole) {
  const ClusterMesh floor = Floor(3);
  const DrawItem item = ItemOf(floor);
  const BlockMask mask = WholeMask(kSize, kSize);
  VisibilityBuffer buffer;
  buffer.Clear(mask);
  FrameClusters clusters;
  DrawOpaque({.view = view_, .items = {&item, 1}, .mask = mask, .pattern = SamplePattern::kCenter},
             buffer, clusters);
  int num_seen = 0;
  const SampleLayout layout(mask);
  for (int i = 0; i < kSize * kSize * kNumSamples; ++i) {
    const int pixel = i / kNumSamples;
    const size_t at =
        layout.At(pixel % kSize, pixel / kSize) + static_cast<size_t>(i % kNumSamples);
    if (buffer.triangle[at] == 0) continue;
    ++num_seen;
    const double y = pixel / kSize + 0.5;
    const double inverse_w = (kHorizon - y) / kFocal;
    EXPECT_NEAR(buffer.inverse_depth[at], inverse_w, 1.0 / 128 / kFocal) << "1/128 pixel";
  }
  EXPECT_GT(num_seen, 3000);
}

}  // namespace
}  // namespace libero
