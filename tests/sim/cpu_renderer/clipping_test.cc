#include "sim/cpu_renderer/clipping.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

using Triangle = std::array<ClipVertex, 3>;
using Values = std::array<float, 4>;
using Vec3 = std::array<double, 3>;

constexpr ClipBounds kBounds = {.near_w = 0.1F, .min = -10, .max = 20};
constexpr float kRounding = 1e-4F;  // of values in the tens

ClippedPolygon Clip(const Triangle& triangle, const ClipBounds& bounds = kBounds) {
  return ClipTriangle(triangle.data(), bounds);
}

Values ValuesOf(const ClipVertex& v) {
  return {v.x, v.y, v.w, v.clip};
}

ClipVertex RandomVertex(RandomNumbers& random) {
  const float w = random.Uniform(-1, 3);
  return {random.Uniform(-40, 50), random.Uniform(-40, 50), w, random.Uniform(-1, 2)};
}

Triangle RandomTriangle(RandomNumbers& random) {
  return {RandomVertex(random), RandomVertex(random), RandomVertex(random)};
}

ClipVertex Mix(const Triangle& t, float b, float c) {
  const auto mix = [&](float ClipVertex::*value) {
    return t[0].*value + b * (t[1].*value - t[0].*value) + c * (t[2].*value - t[0].*value);
  };
  return {mix(&ClipVertex::x), mix(&ClipVertex::y), mix(&ClipVertex::w), mix(&ClipVertex::clip)};
}

// How far a vertex is inside of all half-spaces.
float Inside(const ClipVertex& v, const ClipBounds& bounds) {
  return std::min({v.w - bounds.near_w, v.clip, v.x - bounds.min * v.w, bounds.max * v.w - v.x,
                   v.y - bounds.min * v.w, bounds.max * v.w - v.y});
}

// Twice the area in (x, y, w), as a vector along the normal.
Vec3 Area(const ClipVertex* v, int num) {
  Vec3 sum{};
  for (int i = 2; i < num; ++i) {
    const Vec3 a = {double{v[i - 1].x} - v[0].x, double{v[i - 1].y} - v[0].y,
                    double{v[i - 1].w} - v[0].w};
    const Vec3 b = {double{v[i].x} - v[0].x, double{v[i].y} - v[0].y, double{v[i].w} - v[0].w};
    for (size_t k = 0; k < 3; ++k) {
      sum[k] += a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
    }
  }
  return sum;
}

TEST(ClippingTest, WhatIsInsideStays) {
  const Triangle triangle = {{{0, 0, 1, 0}, {5, 1, 0.5F, 2}, {1, 19, 1, 1}}};
  const ClippedPolygon polygon = Clip(triangle);
  ASSERT_EQ(polygon.num_vertices, 3);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(ValuesOf(polygon.vertices[i]), ValuesOf(triangle[i]));
  }
}

TEST(ClippingTest, WhatIsOutsideOfOnePlaneGoes) {
  EXPECT_LT(Clip({{{0, 0, 0.05F, 1}, {1, 0, -1, 1}, {0, 1, 0, 1}}}).num_vertices, 3) << "near";
  EXPECT_LT(Clip({{{0, 0, 1, -1}, {1, 0, 1, -2}, {0, 1, 1, -1}}}).num_vertices, 3) << "clip";
  EXPECT_LT(Clip({{{21, 0, 1, 1}, {30, 0, 1, 1}, {45, 1, 2, 1}}}).num_vertices, 3) << "right";
  EXPECT_LT(Clip({{{0, -11, 1, 1}, {1, -12, 1, 1}, {0, -25, 2, 1}}}).num_vertices, 3) << "below";
}

TEST(ClippingTest, CutsAtTheNearPlane) {
  const ClippedPolygon polygon = Clip({{{0, 0, 1.1F, 1}, {0, 0, -0.9F, 1}, {1, 1, 1.1F, 3}}});
  ASSERT_EQ(polygon.num_vertices, 4);
  EXPECT_EQ(polygon.vertices[0].w, 1.1F);
  EXPECT_NEAR(polygon.vertices[1].w, 0.1F, kRounding);
  EXPECT_NEAR(polygon.vertices[2].w, 0.1F, kRounding);
  EXPECT_NEAR(polygon.vertices[2].x, 0.5F, kRounding) << "half way";
  EXPECT_NEAR(polygon.vertices[2].clip, 2, kRounding);
  EXPECT_EQ(polygon.vertices[3].x, 1);
}

TEST(ClippingTest, VerticesAreInsideAndAtMostNine) {
  RandomNumbers random(1);
  int most = 0;
  for (int i = 0; i < 20000; ++i) {
    const ClippedPolygon polygon = Clip(RandomTriangle(random));
    most = std::max(most, polygon.num_vertices);
    ASSERT_LE(polygon.num_vertices, 9);
    for (int k = 0; k < polygon.num_vertices; ++k) {
      ASSERT_GE(Inside(polygon.vertices[static_cast<size_t>(k)], kBounds), -kRounding);
    }
  }
  EXPECT_GE(most, 7);
}

// Triangles in one of the planes, where rounding decides which corners are inside.
TEST(ClippingTest, VerticesAreAtMostNineInPlanesToo) {
  RandomNumbers random(2);
  for (int i = 0; i < 20000; ++i) {
    Triangle triangle = RandomTriangle(random);
    for (ClipVertex& v : triangle) {
      v.clip = static_cast<float>(random.Integer(-1, 1)) * 1e-8F;
      if (i % 2 == 0)
        v.w = kBounds.near_w * (1 + static_cast<float>(random.Integer(-1, 1)) * 1e-7F);
      if (i % 3 == 0)
        v.x = kBounds.max * v.w * (1 + static_cast<float>(random.Integer(-1, 1)) * 1e-7F);
      if (i % 5 == 0) v.y = v.x;
    }
    ASSERT_LE(Clip(triangle).num_vertices, 9);
  }
}

TEST(ClippingTest, WhatIsNoNumberGoes) {
  EXPECT_LT(Clip({{{NAN, 0, 1, 1}, {NAN, 0, 1, 1}, {NAN, 1, 1, 1}}}).num_vertices, 3);
}

TEST(ClippingTest, KeepsWhatIsInside) {
  RandomNumbers random(3);
  constexpr int kGrid = 60;
  for (int i = 0; i < 200; ++i) {
    const Triangle triangle = RandomTriangle(random);
    int num_inside = 0;
    for (int b = 0; b < kGrid; ++b) {
      for (int c = 0; b + c < kGrid; ++c) {
        // centres of the small triangles that stand upright
        const float unit = 1.0F / kGrid;
        const ClipVertex v = Mix(triangle, (static_cast<float>(b) + 1.0F / 3) * unit,
                                 (static_cast<float>(c) + 1.0F / 3) * unit);
        if (Inside(v, kBounds) >= 0) ++num_inside;
      }
    }
    const ClippedPolygon polygon = Clip(triangle);
    const Vec3 kept = Area(polygon.vertices.data(), polygon.num_vertices);
    const Vec3 all = Area(triangle.data(), 3);
    const double share = (kept[0] * all[0] + kept[1] * all[1] + kept[2] * all[2]) /
                         (all[0] * all[0] + all[1] * all[1] + all[2] * all[2]);
    constexpr double kGridError = 0.03;  // of the share, along a few lines through the grid
    EXPECT_NEAR(share, num_inside / (0.5 * kGrid * (kGrid + 1)), kGridError) << i;
  }
}

TEST(ClippingTest, TwoSidesOfAPlaneMakeTheWhole) {
  constexpr ClipBounds kWide = {.near_w = -100, .min = -1e6F, .max = 1e6F};
  RandomNumbers random(4);
  for (int i = 0; i < 1000; ++i) {
    Triangle triangle = RandomTriangle(random);
    for (ClipVertex& v : triangle) v.w = random.Uniform(0.2F, 3);
    const ClippedPolygon one = Clip(triangle, kWide);
    for (ClipVertex& v : triangle) v.clip = -v.clip;
    const ClippedPolygon other = Clip(triangle, kWide);
    const Vec3 a = Area(one.vertices.data(), one.num_vertices);
    const Vec3 b = Area(other.vertices.data(), other.num_vertices);
    const Vec3 all = Area(triangle.data(), 3);
    for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(a[k] + b[k], all[k], 0.01);
  }
}

// The vertices on the line from a to b.
std::set<Values> OnLine(const ClippedPolygon& polygon, const ClipVertex& a, const ClipVertex& b) {
  std::set<Values> result;
  const Values from = ValuesOf(a);
  const Values to = ValuesOf(b);
  for (int i = 0; i < polygon.num_vertices; ++i) {
    const Values v = ValuesOf(polygon.vertices[static_cast<size_t>(i)]);
    double dot = 0;
    double square = 0;
    for (size_t k = 0; k < 4; ++k) {
      dot += (double{v[k]} - from[k]) * (double{to[k]} - from[k]);
      square += (double{to[k]} - from[k]) * (double{to[k]} - from[k]);
    }
    bool is_on = true;
    for (size_t k = 0; k < 4; ++k) {
      const double expected = from[k] + dot / square * (double{to[k]} - from[k]);
      is_on = is_on && std::abs(v[k] - expected) < kRounding;
    }
    if (is_on) result.insert(v);
  }
  return result;
}

TEST(ClippingTest, NeighboursHaveEqualVerticesOnTheirEdge) {
  RandomNumbers random(5);
  int num_cut = 0;
  for (int i = 0; i < 5000; ++i) {
    const ClipVertex a = RandomVertex(random);
    const ClipVertex b = RandomVertex(random);
    const std::set<Values> one = OnLine(Clip({{a, b, RandomVertex(random)}}), a, b);
    const std::set<Values> other = OnLine(Clip({{b, a, RandomVertex(random)}}), a, b);
    if (one.size() < 2 || other.size() < 2) continue;  // the edge is outside
    ASSERT_EQ(one, other);
    num_cut += static_cast<int>(!one.contains(ValuesOf(a)) || !one.contains(ValuesOf(b)));
  }
  EXPECT_GT(num_cut, 500);
}

}  // namespace
}  // namespace libero
