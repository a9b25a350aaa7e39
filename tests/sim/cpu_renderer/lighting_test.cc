#include "sim/cpu_renderer/lighting.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cpu_renderer/tessellation.h"
#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

using Vec3 = std::array<double, 3>;

constexpr double kColorError = 1e-4;  // of floats, and of powers up to 128: far below 1/255
constexpr double kEdge = 1e-5;        // of a spot's cutoff and a surface's horizon, in cosines

Vec3 ToVec3(const std::array<float, 3>& v) {
  return {v[0], v[1], v[2]};
}
Vec3 Plus(const Vec3& a, const Vec3& b, double factor = 1) {
  return {a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]};
}
double Dot(const Vec3& a, const Vec3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Vec3 Normalized(const Vec3& v) {
  const double norm = std::sqrt(Dot(v, v));
  return {v[0] / norm, v[1] / norm, v[2] / norm};
}

// What is lit: an ellipsoid that stands askew, in front of the eye.
class LightingTest : public testing::Test {
 protected:
  LightingTest() {
    Place({0.5F, 0.1F, 0, 1, 0, 1.5F, 0.4F, 2, 0.2F, 0, 0.7F, -4});
    item_.rgba = {0.9F, 0.6F, 0.3F, 1};
    view_.eye = {0.5, -1, 1};
  }

  void Place(const Affine& object_to_world) {
    item_.object_to_world = object_to_world;
    // the cofactors: the inverse transpose times the determinant
    for (size_t i = 0; i < 3; ++i) {
      for (size_t k = 0; k < 3; ++k) {
        const auto m = [&](size_t r, size_t c) {
          return object_to_world[4 * (r % 3) + c % 3];
        };
        item_.normal_to_world[3 * i + k] =
            m(i + 1, k + 1) * m(i + 2, k + 2) - m(i + 1, k + 2) * m(i + 2, k + 1);
      }
    }
  }

  // All triangles of a cluster.
  [[nodiscard]] uint64_t AllOf(size_t cluster) const {
    return (uint64_t{1} << ball_.clusters[cluster].num_triangles) - 1;
  }

  // Lights all clusters unless visible_ says otherwise.
  void Light() {
    clusters_.num_slots = ball_.clusters.size();
    clusters_.Reserve(clusters_.num_slots);
    for (size_t slot = 0; slot < clusters_.num_slots; ++slot) {
      clusters_.cluster[slot] = &ball_.clusters[slot];
      clusters_.item[slot] = 0;
    }
    if (visible_.empty()) {
      for (size_t slot = 0; slot < clusters_.num_slots; ++slot) visible_.push_back(AllOf(slot));
    }
    LightVertices({view_, {&item_, 1}, lights_, clusters_, color_scale_}, 0, visible_, vertices_);
  }

  // Calls function(attribute, vertex) for the corners of a cluster's triangles; numbers in the mesh
  // and in vertices_.
  template <class Function>
  void ForCorners(size_t slot, const Function& function) const {
    const Cluster& cluster = ball_.clusters[slot];
    for (uint32_t t = 0; t < cluster.num_triangles; ++t) {
      const auto id = static_cast<TriangleId>((slot + 1) << kTriangleBits | t);
      for (int c = 0; c < 3; ++c) {
        const size_t attribute =
            cluster.first_attribute +
            ball_.corner_attributes[cluster.first_triangle + t][static_cast<size_t>(c)];
        function(attribute, vertices_.vertex(id, c));
      }
    }
  }
  // Where the attribute is, in the object frame.
  [[nodiscard]] Vec3 PositionOf(size_t slot, size_t attribute) const {
    const auto position = static_cast<size_t>(ball_.normals[attribute][3]);
    const size_t at = ball_.clusters[slot].first_position + position;
    return {ball_.x[at], ball_.y[at], ball_.z[at]};
  }

  // The formula of the header. Sets is_edge_ where rounding decides.
  [[nodiscard]] double Attenuation(const DrawLight& light, const Vec3& p) {
    if (light.directional) return 1;
    const Vec3 offset = Plus(ToVec3(light.position), p, -1);
    const double distance = std::sqrt(Dot(offset, offset));
    double a = 1 / (light.attenuation[0] + light.attenuation[1] * distance +
                    light.attenuation[2] * distance * distance);
    if (light.cutoff < 180) {
      const double cosine = -Dot(Normalized(offset), ToVec3(light.direction));
      const double limit = std::cos(light.cutoff * mjPI / 180);
      is_edge_ = is_edge_ || std::abs(cosine - limit) < kEdge;
      a *= cosine < limit ? 0 : std::pow(std::max(cosine, 0.0), light.exponent);
    }
    return a;
  }
  [[nodiscard]] Vec3 Expected(const Vec3& p, const Vec3& n) {
    is_edge_ = false;
    Vec3 matte = {item_.emission, item_.emission, item_.emission};
    Vec3 gloss{};
    for (const DrawLight& light : lights_) {
      const double a = Attenuation(light, p);
      const Vec3 l = light.directional ? Plus({}, ToVec3(light.direction), -1)
                                       : Normalized(Plus(ToVec3(light.position), p, -1));
      const Vec3 h = Normalized(Plus(l, Normalized(Plus(view_.eye, p, -1))));
      const double n_l = Dot(n, l);
      is_edge_ = is_edge_ || std::abs(n_l) < kEdge;
      matte = Plus(matte, ToVec3(light.ambient), a);
      matte = Plus(matte, ToVec3(light.diffuse), a * std::max(n_l, 0.0));
      if (n_l <= 0) continue;
      const bool is_attenuated =
          !light.directional && (light.cutoff < 180 || light.attenuation[1] != 0);
      const double shine = item_.shininess == 0 && is_attenuated
                               ? std::pow(n_l, n_l)
                               : std::pow(std::max(Dot(n, h), 0.0), 128 * double{item_.shininess});
      gloss = Plus(gloss, ToVec3(light.specular), a * item_.specular * shine);
    }
    Vec3 color{};
    for (size_t k = 0; k < 3; ++k) {
      color[k] = std::clamp(color_scale_ * item_.rgba[k] * matte[k] + gloss[k], 0.0, 1.0);
    }
    return color;
  }

  // Compares all vertices with the formula; returns the brightest channel and the darkest one.
  std::pair<double, double> ExpectFormula() {
    Light();
    double most = 0;
    double least = 1;
    for (size_t slot = 0; slot < clusters_.num_slots; ++slot) {
      ForCorners(slot, [&](size_t attribute, size_t vertex) {
        const Vec3 object = PositionOf(slot, attribute);
        const Vec3 p = Transform(item_.object_to_world, object);
        // a ball's normals are its positions, and those of ellipsoids its gradients
        const auto& m = item_.normal_to_world;
        const Vec3 n = Normalized({Dot({m[0], m[1], m[2]}, object), Dot({m[3], m[4], m[5]}, object),
                                   Dot({m[6], m[7], m[8]}, object)});
        const Vec3 expected = Expected(p, n);
        if (is_edge_) return;
        const float* color = vertices_.color_coord.data() + 4 * vertex;
        const Vec3 actual = {vertices_.position_red[4 * vertex + 3], color[0], color[1]};
        for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(actual[k], expected[k], kColorError);
        most = std::max(most, std::ranges::max(actual));
        least = std::min(least, std::ranges::min(actual));
      });
    }
    return {most, least};
  }

  ClusterMesh ball_ = MakeClusterMesh(TessellateSphere(20, 20));
  DrawItem item_ = ItemOf(ball_);
  View view_ = PixelView(10, 10);
  std::vector<DrawLight> lights_;
  FrameClusters clusters_;
  std::vector<uint64_t> visible_;
  LitVertices vertices_;
  float color_scale_ = 1;
  bool is_edge_ = false;
};

// A lamp over the item.
DrawLight Lamp() {
  return {.position = {1, 2.5F, 0},
          .direction = {0, 0, -1},
          .ambient = {0.1F, 0.05F, 0},
          .diffuse = {0.5F, 0.4F, 0.3F},
          .specular = {0.3F, 0.2F, 0.6F}};
}

TEST_F(LightingTest, HeadlightsFollowTheFormula) {
  lights_ = {Lamp()};
  lights_[0].directional = true;
  lights_[0].direction = {0.36F, 0.48F, -0.8F};
  const auto [most, least] = ExpectFormula();
  EXPECT_NEAR(most, 0.9 * 0.6, 0.03);
  EXPECT_EQ(least, 0);
}

TEST_F(LightingTest, PointLightsFollowTheFormula) {
  lights_ = {Lamp()};
  EXPECT_GT(ExpectFormula().first, 0.4);
  lights_[0].attenuation = {0.5F, 0.2F, 0.1F};
  const double dimmed = ExpectFormula().first;
  EXPECT_LT(dimmed, 0.3);
  lights_[0].attenuation = {0, 0, 0.01F};
  EXPECT_GT(ExpectFormula().first, dimmed);
}

TEST_F(LightingTest, SpotsFollowTheFormula) {
  lights_ = {Lamp()};
  for (const float cutoff : {10.0F, 25.0F, 90.0F}) {
    for (const float exponent : {0.0F, 1.0F, 5.5F, 10.0F}) {
      lights_[0].cutoff = cutoff;
      lights_[0].exponent = exponent;
      const auto [most, least] = ExpectFormula();
      EXPECT_GT(most, 0.2);
      EXPECT_EQ(least, 0);
    }
  }
}

TEST_F(LightingTest, ShineFollowsTheFormula) {
  lights_ = {Lamp()};
  item_.specular = 0.8F;
  for (const float shininess : {0.0F, 0.05F, 0.37F, 0.5F, 1.0F}) {
    item_.shininess = shininess;
    EXPECT_GT(ExpectFormula().first, 0.5);
  }
}

TEST_F(LightingTest, WithoutShininessLightsThatAttenuateShineAsMesaHasThem) {
  item_.specular = 0.8F;
  item_.rgba = {0, 0, 0, 1};
  lights_ = {Lamp()};
  lights_[0].cutoff = 180;
  ExpectFormula();
  lights_[0].cutoff = 60;
  ExpectFormula();
  lights_[0].cutoff = 180;
  lights_[0].attenuation = {1, 0.2F, 0};
  ExpectFormula();
  lights_[0].directional = true;
  ExpectFormula();
}

TEST_F(LightingTest, LightsAddUpAndAreCutAtOne) {
  item_.emission = 0.2F;
  item_.specular = 0.5F;
  item_.shininess = 0.3F;
  lights_ = {Lamp(), Lamp(), Lamp()};
  lights_[1].position = {3, 0, -2};
  lights_[2].directional = true;
  const auto [most, least] = ExpectFormula();
  EXPECT_EQ(most, 1);
  EXPECT_GE(least, 0);
}

TEST_F(LightingTest, NegativeColoursAreCutAtZero) {
  item_.rgba[1] = -0.5F;
  lights_ = {Lamp()};
  EXPECT_EQ(ExpectFormula().second, 0);
}

TEST_F(LightingTest, ReflectionsDimTheMatteColourOnly) {
  lights_ = {Lamp()};
  item_.specular = 0.8F;
  item_.shininess = 0.1F;
  color_scale_ = 0.3F;
  ExpectFormula();
}

TEST_F(LightingTest, NormalsStayUprightOnScaledSurfaces) {
  Place({0.1F, 0, 0, 1, 0, 3, 0, 2, 0, 0, 0.5F, -4});
  lights_ = {Lamp()};
  lights_[0].directional = true;
  lights_[0].direction = {-0.6F, 0, -0.8F};
  EXPECT_GT(ExpectFormula().first, 0.5);
}

TEST_F(LightingTest, VerticesKnowTheirPlaceInThePicture) {
  Light();
  for (size_t slot = 0; slot < clusters_.num_slots; ++slot) {
    ForCorners(slot, [&](size_t attribute, size_t vertex) {
      const Vec3 p = Transform(item_.object_to_world, PositionOf(slot, attribute));
      const Vec3 xyw = Transform(view_.world_to_pixel, p);
      const float* actual = vertices_.position_red.data() + 4 * vertex;
      for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(actual[k], xyw[k], kColorError);
    });
  }
}

TEST_F(LightingTest, OnlyCornersOfVisibleTrianglesAreLit) {
  ASSERT_GT(ball_.clusters.size(), 4);
  visible_.assign(ball_.clusters.size(), 0);
  visible_[3] = AllOf(3);
  Light();
  EXPECT_EQ(vertices_.first_vertex[3], 0);
  EXPECT_EQ(vertices_.num_vertices, ball_.clusters[3].num_attributes);
  visible_[3] = 0b100;
  Light();
  EXPECT_EQ(vertices_.num_vertices, 3);
}

TEST_F(LightingTest, OnlyTheItemIsLit) {
  Light();
  const size_t num_vertices = vertices_.num_vertices;
  const std::vector<float> one(vertices_.position_red.begin(),
                               vertices_.position_red.begin() + 4 * num_vertices);
  // between two other ones
  const size_t num = clusters_.num_slots;
  clusters_.num_slots = 3 * num;
  clusters_.Reserve(3 * num);
  visible_.resize(3 * num, AllOf(0));
  for (size_t slot = 0; slot < 3 * num; ++slot) {
    clusters_.cluster[slot] = &ball_.clusters[slot % num];
    clusters_.item[slot] = static_cast<uint32_t>(slot / num);
    visible_[slot] = AllOf(slot % num);
  }
  const std::vector<DrawItem> items(3, item_);
  LightVertices({view_, items, lights_, clusters_, color_scale_}, 1, visible_, vertices_);
  EXPECT_EQ(vertices_.num_vertices, num_vertices);
  EXPECT_EQ(vertices_.first_id, static_cast<TriangleId>((num + 1) << kTriangleBits));
  EXPECT_THAT(std::vector<float>(vertices_.position_red.begin(),
                                 vertices_.position_red.begin() + 4 * num_vertices),
              testing::ElementsAreArray(one));
}

TEST_F(LightingTest, TextureCoordinatesFollowTheMapping) {
  for (const auto& normal : ball_.normals) {  // some numbers
    ball_.texcoords.push_back({normal[0], normal[2]});
  }
  item_.texture_scale = {3, -2, 0.5F};
  for (const TextureMapping mapping :
       {TextureMapping::kMesh, TextureMapping::kPlanar, TextureMapping::kCube}) {
    item_.mapping = mapping;
    Light();
    ForCorners(0, [&](size_t attribute, size_t vertex) {
      const Vec3 p = PositionOf(0, attribute);
      const float* coord = vertices_.color_coord.data() + 4 * vertex + 2;
      const bool is_cube = mapping == TextureMapping::kCube;
      if (mapping == TextureMapping::kMesh) {
        EXPECT_EQ(coord[0], ball_.normals[attribute][0]);
        EXPECT_EQ(coord[1], ball_.normals[attribute][2]);
        return;
      }
      EXPECT_FLOAT_EQ(coord[0], static_cast<float>(3 * p[0] - (is_cube ? 0 : 0.5)));
      EXPECT_FLOAT_EQ(coord[1], static_cast<float>(-2 * p[1] - (is_cube ? 0 : 0.5)));
      if (is_cube) {
        EXPECT_FLOAT_EQ(vertices_.third_coord[vertex], static_cast<float>(0.5 * p[2]));
      }
    });
  }
}

}  // namespace
}  // namespace libero
