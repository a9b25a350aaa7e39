#include "sim/cpu_renderer/shading.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cpu_renderer/mip_chain.h"
#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

using testing::Each;

// Two values that round to neighbours, or texture filters' own rounding.
constexpr double kLevels = 1.01;

// A corner of a triangle: where it is seen, and what is interpolated.
struct Corner {
  std::array<double, 3> xyw;
  std::array<double, 3> color;
  std::array<double, 3> coord;
};
using Triangle = std::array<Corner, 3>;

// A value and its changes along x and y.
struct Value {
  double value, dx, dy;
};

// A triangle's value at a point of the picture, right in perspective: value/W and 1/W are linear
// in the picture.
Value Interpolate(const Triangle& t, double x, double y, std::array<double, 3> values) {
  // solves xyw^T·a = values: then value = a·(x, y, 1) / (b·(x, y, 1)) with b for values 1
  const auto solve = [&](const std::array<double, 3>& v) {
    const auto cross = [](const std::array<double, 3>& a, const std::array<double, 3>& b) {
      return std::array{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                        a[0] * b[1] - a[1] * b[0]};
    };
    std::array<double, 3> sum{};
    double det = 0;
    for (size_t i = 0; i < 3; ++i) {
      const auto n = cross(t[(i + 1) % 3].xyw, t[(i + 2) % 3].xyw);
      for (size_t k = 0; k < 3; ++k) sum[k] += v[i] * n[k];
      if (i == 0) det = n[0] * t[0].xyw[0] + n[1] * t[0].xyw[1] + n[2] * t[0].xyw[2];
    }
    for (double& s : sum) s /= det;
    return sum;
  };
  const auto a = solve(values);
  const auto b = solve({1, 1, 1});
  const double top = a[0] * x + a[1] * y + a[2];
  const double bottom = b[0] * x + b[1] * y + b[2];
  const double value = top / bottom;
  return {value, (a[0] - value * b[0]) / bottom, (a[1] - value * b[1]) / bottom};
}

Value Interpolate(const Triangle& t, double x, double y, std::array<double, 3> Corner::*values,
                  size_t k) {
  return Interpolate(t, x, y, {(t[0].*values)[k], (t[1].*values)[k], (t[2].*values)[k]});
}

// A chain of square pictures, each level of one grey: level 0 white, each next one darker by kStep.
struct GreyChain {
  static constexpr int kSize = 256;
  static constexpr uint32_t kStep = 25;
  AlignedVector<uint32_t> texels;
  Texture texture;

  explicit GreyChain(int num_faces) {
    const uint8_t unused = 0;  // the picture, which is not halved here
    texture = LayOutMipChain(
        {.width = kSize, .height = kSize, .num_faces = num_faces, .texels = &unused});
    texels.resize(MipChainTexels(texture));
    PlaceMipChain(texture, texels.data());
    for (int i = 0; i < texture.num_levels; ++i) {
      const auto first = texels.begin() + texture.level_offsets[i];
      const uint32_t grey = 255 - kStep * static_cast<uint32_t>(i);
      std::fill(first, texels.end(), grey * 0x01010101U);
    }
  }

  // The grey of a square of texels per pixel: the logarithm is a straight line between powers.
  [[nodiscard]] double GreyOf(double square) const {
    const double whole = std::floor(std::log2(square));
    const double log = whole + square / std::exp2(whole) - 1;
    return 255 - kStep * std::clamp(0.5 * log, 0.0, texture.num_levels - 1.0);
  }
};

// Shades fragments of triangles, all in one cluster.
class ShadingTest : public testing::Test {
 protected:
  // Its number in the cluster.
  uint32_t Add(const Triangle& triangle) {
    const auto num = static_cast<uint32_t>(vertices_.corners.size());
    vertices_.corners.push_back(3 * num | (3 * num + 1) << 8 | (3 * num + 2) << 16);
    for (size_t c = 0; c < 3; ++c) {
      const Corner& corner = triangle[c];
      const auto add = [](AlignedVector<float>& to, double value) {
        to.push_back(static_cast<float>(value));
      };
      for (const double v : corner.xyw) add(vertices_.position_red, v);
      add(vertices_.position_red, corner.color[0]);
      add(vertices_.color_coord, corner.color[1]);
      add(vertices_.color_coord, corner.color[2]);
      add(vertices_.color_coord, corner.coord[0]);
      add(vertices_.color_coord, corner.coord[1]);
      add(vertices_.third_coord, corner.coord[2]);
    }
    return num;
  }

  std::vector<uint32_t> Shade(const std::vector<Fragment>& fragments) {
    vertices_.first_vertex = {0};
    vertices_.first_id = 1U << kTriangleBits;
    vertices_.num_vertices = vertices_.third_coord.size();
    std::vector<uint32_t> colors = {1, 2, 3};  // is replaced
    ShadeFragments(item_, vertices_, fragments, colors);
    return colors;
  }

  static Fragment At(int x, int y, uint32_t triangle) {
    return {PackPixel(x, y, 15), 1U << kTriangleBits | triangle};
  }

  ClusterMesh mesh_;
  View view_ = PixelView(100, 100);
  DrawItem item_ = ItemOf(mesh_);
  LitVertices vertices_;
};

Corner RandomCorner(RandomNumbers& random) {
  const double w = random.Uniform(0.5F, 4);
  Corner corner{{w * random.Uniform(0, 100), w * random.Uniform(0, 100), w}, {}, {}};
  for (double& value : corner.color) value = random.Uniform(0, 1);
  for (double& value : corner.coord) value = random.Uniform(-1, 1);
  return corner;
}

// Of some size in the picture, so that it is well defined outside of itself, too.
Triangle RandomTriangle(RandomNumbers& random) {
  for (;;) {
    const Triangle t = {RandomCorner(random), RandomCorner(random), RandomCorner(random)};
    const auto x = [&](size_t i) {
      return t[i].xyw[0] / t[i].xyw[2];
    };
    const auto y = [&](size_t i) {
      return t[i].xyw[1] / t[i].xyw[2];
    };
    const double area = (x(1) - x(0)) * (y(2) - y(0)) - (x(2) - x(0)) * (y(1) - y(0));
    if (std::abs(area) > 1000) return t;
  }
}

void ExpectColor(uint32_t color, const Triangle& t, int x, int y) {
  for (size_t k = 0; k < 3; ++k) {
    const double value = Interpolate(t, x + 0.5, y + 0.5, &Corner::color, k).value;
    EXPECT_NEAR(color >> (8 * k) & 255, 255 * std::clamp(value, 0.0, 1.0), 0.51) << x << ", " << y;
  }
  EXPECT_EQ(color >> 24, 0);
}

// Whether 1/W there is far from zero, where values are not defined.
bool IsWellDefined(const Triangle& t, int x, int y) {
  Triangle flat = t;  // 1/W is linear in the picture
  for (Corner& corner : flat) {
    for (size_t k = 0; k < 2; ++k) corner.xyw[k] /= corner.xyw[2];
    corner.coord[0] = 1 / corner.xyw[2];
    corner.xyw[2] = 1;
  }
  return Interpolate(flat, x + 0.5, y + 0.5, &Corner::coord, 0).value > 0.1;
}

TEST_F(ShadingTest, ColoursAreInterpolatedInPerspectiveAndBeyondTheTriangle) {
  RandomNumbers random(1);
  std::vector<Triangle> triangles;
  for (uint32_t i = 0; i < 40; ++i) {
    triangles.push_back(RandomTriangle(random));
    ASSERT_EQ(Add(triangles.back()), i);
  }
  std::vector<Fragment> fragments;
  for (int i = 0; i < 3000; ++i) {
    const int x = random.Integer(0, 99);
    const int y = random.Integer(0, 99);
    const auto t = static_cast<uint32_t>(random.Integer(0, 39));
    const int run = i % 100 < 50 ? 1 : 20;  // whole vectors of one triangle, too
    for (int k = 0; k < run && x + k < 100; ++k) {
      if (IsWellDefined(triangles[t], x + k, y)) fragments.push_back(At(x + k, y, t));
    }
  }
  ASSERT_GT(fragments.size(), 3000);
  const std::vector<uint32_t> colors = Shade(fragments);
  ASSERT_EQ(colors.size(), fragments.size());
  for (size_t i = 0; i < fragments.size(); ++i) {
    ExpectColor(colors[i], triangles[TriangleOf(fragments[i].triangle)],
                static_cast<int>(fragments[i].pixel & 4095U),
                static_cast<int>(fragments[i].pixel >> 12 & 4095U));
  }
}

TEST_F(ShadingTest, TrianglesThatReachBehindTheEyeAreInterpolatedToo) {
  // a floor 1 m below the eye, at pixel (50, 60), from 5 m before to 5 m behind it
  const Triangle floor = {{{{-500 + 250, -100 + 300, 5}, {1, 0, 0}, {}},
                           {{500 + 250, -100 + 300, 5}, {0, 1, 0}, {}},
                           {{-250, -100 - 300, -5}, {0, 0, 1}, {}}}};
  Add(floor);
  std::vector<Fragment> fragments;
  for (int x = 10; x < 90; x += 3) fragments.push_back(At(x, 30, 0));
  const std::vector<uint32_t> colors = Shade(fragments);
  for (size_t i = 0; i < fragments.size(); ++i) {
    ExpectColor(colors[i], floor, static_cast<int>(fragments[i].pixel & 4095U), 30);
  }
  EXPECT_NE(colors.front(), colors.back());
}

TEST_F(ShadingTest, AnyNumberOfFragmentsIsShaded) {
  RandomNumbers random(2);
  const Triangle triangle = RandomTriangle(random);
  Add(triangle);
  std::vector<Fragment> fragments;
  for (int num = 0; num < 40; ++num) {
    const std::vector<uint32_t> colors = Shade(fragments);
    ASSERT_EQ(colors.size(), fragments.size());
    for (int x = 0; x < num; ++x) {
      if (IsWellDefined(triangle, x, 7))
        ExpectColor(colors[static_cast<size_t>(x)], triangle, x, 7);
    }
    fragments.push_back(At(num, 7, 0));
  }
}

TEST_F(ShadingTest, TrianglesWithoutAreaGiveSomeColour) {
  Corner corner{{50, 50, 1}, {0.5, 0.5, 0.5}, {}};
  Add({corner, corner, corner});
  for (const uint32_t color : Shade({At(50, 50, 0), At(0, 0, 0)})) EXPECT_EQ(color >> 24, 0);
}

TEST_F(ShadingTest, TexturesLevelsFollowTheDerivatives) {
  const GreyChain chain(1);
  item_.texture = &chain.texture;
  item_.mapping = TextureMapping::kPlanar;
  RandomNumbers random(3);
  double darkest = 255;
  for (uint32_t i = 0; i < 40; ++i) {
    Triangle t = RandomTriangle(random);
    const float scale = std::exp2(random.Uniform(-6, 6));  // one to many texels a pixel
    for (Corner& corner : t) {
      corner.color = {1, 1, 1};
      for (double& value : corner.coord) value *= scale;
    }
    Add(t);
    for (int k = 0; k < 20; ++k) {
      const int x = random.Integer(0, 99);
      const int y = random.Integer(0, 99);
      if (!IsWellDefined(t, x, y)) continue;
      const Value s = Interpolate(t, x + 0.5, y + 0.5, &Corner::coord, 0);
      const Value v = Interpolate(t, x + 0.5, y + 0.5, &Corner::coord, 1);
      const double square = GreyChain::kSize * GreyChain::kSize *
                            std::max(s.dx * s.dx + v.dx * v.dx, s.dy * s.dy + v.dy * v.dy);
      const uint32_t color = Shade({At(x, y, i)})[0];
      EXPECT_NEAR(color & 255, chain.GreyOf(square), kLevels);
      EXPECT_EQ(color, (color & 255) * 0x010101);
      darkest = std::min<double>(darkest, color & 255);
    }
  }
  EXPECT_LT(darkest, 100);
}

TEST_F(ShadingTest, TexturesAreMultipliedByTheColour) {
  GreyChain chain(6);
  std::ranges::fill(chain.texels, 0xFF804020U);
  item_.texture = &chain.texture;
  RandomNumbers random(4);
  Triangle t = RandomTriangle(random);
  for (Corner& corner : t) {
    corner.color = {0.5, 1.5, 7};
    corner.coord = {1, 0.25, -0.5};
  }
  Add(t);
  for (const TextureMapping mapping : {TextureMapping::kPlanar, TextureMapping::kCube}) {
    item_.mapping = mapping;
    EXPECT_EQ(Shade({At(40, 40, 0)})[0], 0xFF6010U) << "the product is cut to 1, not the colour";
  }
}

// A cube whose faces are red, green, blue, cyan, magenta and yellow.
struct ColorCube {
  static constexpr std::array<uint32_t, 6> kColors = {0x0000FF, 0x00FF00, 0xFF0000,
                                                      0xFFFF00, 0xFF00FF, 0x00FFFF};
  static constexpr int kSize = 8;
  AlignedVector<uint32_t> texels;
  Texture texture;

  ColorCube() {
    std::vector<uint8_t> rgb;
    for (const uint32_t color : kColors) {
      for (int i = 0; i < kSize * kSize; ++i) {
        for (int shift = 0; shift < 24; shift += 8) {
          rgb.push_back(static_cast<uint8_t>(color >> shift));
        }
      }
    }
    const TextureSource source{
        .width = kSize, .height = kSize, .num_faces = 6, .texels = rgb.data()};
    texture = LayOutMipChain(source);
    texels.resize(MipChainTexels(texture));
    PlaceMipChain(texture, texels.data());
    FillMipChain(source, texture, texels);
  }
};

// The colour of the sky in the middle of a narrow view.
uint32_t SkyColor(const Texture* sky, const std::array<float, 3>& forward,
                  const std::array<float, 3>& up) {
  const View view = MakeView(
      {.forward = forward, .up = up, .bottom = -0.01F, .top = 0.01F, .near_z = 1, .far_z = 50}, 21,
      21);
  std::vector<uint32_t> colors;
  ShadeBackground(view, sky, std::vector<Fragment>{{PackPixel(10, 10, 15), 0}}, colors);
  return colors.at(0);
}

TEST(BackgroundTest, SkiesAreLookedUpUpright) {
  const ColorCube cube;
  const auto color = [&](const std::array<float, 3>& forward, const std::array<float, 3>& up) {
    return SkyColor(&cube.texture, forward, up);
  };
  EXPECT_EQ(color({1, 0, 0}, {0, 0, 1}), ColorCube::kColors[0]);
  EXPECT_EQ(color({-1, 0, 0}, {0, 0, 1}), ColorCube::kColors[1]);
  EXPECT_EQ(color({0, 0, 1}, {0, 1, 0}), ColorCube::kColors[2]) << "above";
  EXPECT_EQ(color({0, 0, -1}, {0, 1, 0}), ColorCube::kColors[3]) << "below";
  EXPECT_EQ(color({0, -1, 0}, {0, 0, 1}), ColorCube::kColors[4]);
  EXPECT_EQ(color({0, 1, 0}, {0, 0, 1}), ColorCube::kColors[5]);
}

TEST(BackgroundTest, PixelsLookInTheirDirections) {
  const ColorCube cube;
  // a field of 90° and some: the next faces are seen at its edges
  const View view = MakeView({.forward = {0, 1, 0},
                              .up = {0, 0, 1},
                              .bottom = -1.5F,
                              .top = 1.5F,
                              .near_z = 1,
                              .far_z = 50},
                             90, 90);
  std::vector<Fragment> fragments;
  for (const auto& [x, y] : {std::pair(45, 45), {2, 45}, {87, 45}, {45, 2}, {45, 87}}) {
    fragments.push_back({PackPixel(x, y, 15), 0});
  }
  std::vector<uint32_t> colors;
  ShadeBackground(view, &cube.texture, fragments, colors);
  const auto& c = ColorCube::kColors;
  EXPECT_THAT(colors, testing::ElementsAre(c[5], c[1], c[0], c[3], c[2]));
}

TEST(BackgroundTest, WithoutSkyItIsBlack) {
  std::vector<uint32_t> colors = {1, 2, 3};
  ShadeBackground(PixelView(8, 8), nullptr, std::vector<Fragment>(20), colors);
  EXPECT_EQ(colors.size(), 20);
  EXPECT_THAT(colors, Each(0));
}

}  // namespace
}  // namespace libero
