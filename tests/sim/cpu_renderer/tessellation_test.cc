#include "sim/cpu_renderer/tessellation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/model.h"

namespace libero {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kQuads = 4;
constexpr int kSlices = 28;
constexpr int kStacks = 16;
constexpr float kSingle = 1E-6F;  // positions are floats around 1

using Vec3 = std::array<float, 3>;

size_t NumTriangles(const TriangleSoup& soup) {
  return soup.positions.size() / 9;
}
Vec3 At(const std::vector<float>& values, size_t corner) {
  return {values[3 * corner], values[3 * corner + 1], values[3 * corner + 2]};
}
Vec3 Minus(const Vec3& a, const Vec3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
float Dot(const Vec3& a, const Vec3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Vec3 Cross(const Vec3& a, const Vec3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// The normal of a face by the right hand, as long as twice its area.
Vec3 Face(const TriangleSoup& soup, size_t triangle) {
  const Vec3 a = At(soup.positions, 3 * triangle);
  return Cross(Minus(At(soup.positions, 3 * triangle + 1), a),
               Minus(At(soup.positions, 3 * triangle + 2), a));
}

// The edges that no neighbour has in reverse. Positions are rounded, because those of the first and
// of the last slice differ in their last digits.
size_t NumEdgesWithoutNeighbour(const TriangleSoup& soup) {
  using Key = std::array<int, 6>;
  const auto key = [&](size_t a, size_t b) {
    Key result{};
    for (size_t k = 0; k < 3; ++k) {
      result[k] = static_cast<int>(std::lround(At(soup.positions, a)[k] * 1E4F));
      result[3 + k] = static_cast<int>(std::lround(At(soup.positions, b)[k] * 1E4F));
    }
    return result;
  };
  std::vector<Key> edges;
  std::vector<Key> reversed;
  for (size_t t = 0; t < NumTriangles(soup); ++t) {
    for (size_t k = 0; k < 3; ++k) {
      edges.push_back(key(3 * t + k, 3 * t + (k + 1) % 3));
      reversed.push_back(key(3 * t + (k + 1) % 3, 3 * t + k));
    }
  }
  std::ranges::sort(edges);
  std::ranges::sort(reversed);
  std::vector<Key> alone;
  std::ranges::set_difference(edges, reversed, std::back_inserter(alone));
  return alone.size();
}

struct Shape {
  const char* name;
  TriangleSoup soup;
  size_t num_triangles;
  size_t num_border_edges;
  Vec3 min, max;
  Vec3 center;  // faces look away from it
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.name;
}

std::vector<Shape> Shapes() {
  constexpr size_t kCap = kSlices;                            // triangles at a pole
  constexpr size_t kRings = 2 * kSlices * (kStacks / 2 - 1);  // of half a sphere or a disc
  constexpr size_t kSide = 2 * static_cast<size_t>(kSlices) * kStacks;
  return {
      {"Box", TessellateBox(kQuads), 6 * 2 * kQuads * kQuads, 0, {-1, -1, -1}, {1, 1, 1}, {}},
      {"Plane",
       TessellatePlane(kQuads),
       2 * kQuads * kQuads,
       4 * kQuads,
       {-1, -1, 0},
       {1, 1, 0},
       {0, 0, -1}},
      {"Sphere",
       TessellateSphere(kSlices, kStacks),
       2 * (kCap + kRings),
       0,
       {-1, -1, -1},
       {1, 1, 1},
       {}},
      {"Top",
       TessellateHalfSphere(1, kSlices, kStacks),
       kCap + kRings,
       kSlices,
       {-1, -1, 1},
       {1, 1, 2},
       {0, 0, 1}},
      {"Bottom",
       TessellateHalfSphere(-1, kSlices, kStacks),
       kCap + kRings,
       kSlices,
       {-1, -1, -2},
       {1, 1, -1},
       {0, 0, -1}},
      {"OpenCylinder",
       TessellateOpenCylinder(kSlices, kStacks),
       kSide,
       2 * kSlices,
       {-1, -1, -1},
       {1, 1, 1},
       {}},
      {"Cylinder",
       TessellateCylinder(kSlices, kStacks),
       kSide + 2 * (kCap + kRings),
       0,
       {-1, -1, -1},
       {1, 1, 1},
       {}},
  };
}

class ShapeTest : public testing::TestWithParam<Shape> {};

INSTANTIATE_TEST_SUITE_P(Shapes, ShapeTest, testing::ValuesIn(Shapes()),
                         [](const auto& test) { return test.param.name; });

TEST_P(ShapeTest, HasAsManyTrianglesAsMujocosLists) {
  const TriangleSoup& soup = GetParam().soup;
  EXPECT_EQ(NumTriangles(soup), GetParam().num_triangles);
  EXPECT_THAT(soup.normals, SizeIs(soup.positions.size()));
  EXPECT_THAT(soup.texcoords, IsEmpty());
}

TEST_P(ShapeTest, HasNoHoles) {
  EXPECT_EQ(NumEdgesWithoutNeighbour(GetParam().soup), GetParam().num_border_edges);
}

TEST_P(ShapeTest, FacesOutwards) {
  const TriangleSoup& soup = GetParam().soup;
  for (size_t t = 0; t < NumTriangles(soup); ++t) {
    const Vec3 face = Face(soup, t);
    EXPECT_GT(Dot(face, face), 0) << t;
    for (size_t corner = 3 * t; corner < 3 * t + 3; ++corner) {
      EXPECT_GT(Dot(face, At(soup.normals, corner)), 0) << corner;
      EXPECT_GE(Dot(face, Minus(At(soup.positions, corner), GetParam().center)), 0) << corner;
    }
  }
}

TEST_P(ShapeTest, HasUnitNormals) {
  const std::vector<float>& normals = GetParam().soup.normals;
  for (size_t i = 0; i < normals.size() / 3; ++i) {
    EXPECT_NEAR(Dot(At(normals, i), At(normals, i)), 1, kSingle);
  }
}

TEST_P(ShapeTest, FillsItsBox) {
  const std::vector<float>& positions = GetParam().soup.positions;
  for (size_t k = 0; k < 3; ++k) {
    float min = positions[k];
    float max = positions[k];
    for (size_t i = k; i < positions.size(); i += 3) {
      min = std::min(min, positions[i]);
      max = std::max(max, positions[i]);
    }
    EXPECT_NEAR(min, GetParam().min[k], kSingle);
    EXPECT_NEAR(max, GetParam().max[k], kSingle);
  }
}

TEST(TessellationTest, QuadsAreCutAlongTheirSecondAndLastCorner) {
  const std::vector<float> plane = TessellatePlane(1).positions;
  EXPECT_THAT(plane, ElementsAreArray({-1, -1, 0, 1, -1, 0, -1, 1, 0,  //
                                       1, -1, 0, 1, 1, 0, -1, 1, 0}));
}

constexpr const char* kPlanes = R"(<mujoco>
    <statistic extent="2"/>
    <visual><map zfar="50"/></visual>
    <asset>
      <texture name="t" type="2d" builtin="flat" width="8" height="8"/>
      <material name="m" texture="t" texrepeat="4 0"/>
    </asset>
    <worldbody>
      <geom type="plane" size="3 1 0.5"/>
      <geom type="plane" size="1 1 0.3"/>
      <geom type="plane" size="0 1 0.5" material="m"/>
    </worldbody></mujoco>)";

// The different x of a plane's corners.
std::vector<float> LinesAlongX(const TriangleSoup& soup) {
  std::vector<float> x;
  for (size_t i = 0; i < soup.positions.size(); i += 3) x.push_back(soup.positions[i]);
  std::ranges::sort(x);
  x.erase(std::unique(x.begin(), x.end()), x.end());
  return x;
}

TEST(TessellationTest, GridsOfPlanesHaveCellsOfTwiceTheirSpacing) {
  const MjModelPtr model = CompileModel(".", {.text = kPlanes});
  EXPECT_THAT(LinesAlongX(TessellatePlaneGeom(*model, 0)),
              ElementsAreArray({-3, -2, -1, 0, 1, 2, 3}));
}

TEST(TessellationTest, GridsOfPlanesArePaddedWhereCellsDoNotFit) {
  const MjModelPtr model = CompileModel(".", {.text = kPlanes});
  const std::vector<float> lines = LinesAlongX(TessellatePlaneGeom(*model, 1));
  const std::vector<float> expected = {-1, -0.6F, 0, 0.6F, 1};  // an even number of whole cells
  ASSERT_THAT(lines, SizeIs(expected.size()));
  for (size_t i = 0; i < lines.size(); ++i) EXPECT_NEAR(lines[i], expected[i], kSingle);
}

TEST(TessellationTest, PlanesWithoutEndReachBeyondTheFarPlane) {
  const MjModelPtr model = CompileModel(".", {.text = kPlanes});
  const std::vector<float> lines = LinesAlongX(TessellatePlaneGeom(*model, 2));
  const float far = 50 * 2;
  const float period = 2.0F / 4;  // of the texture
  EXPECT_THAT(lines, SizeIs(mjMAXPLANEGRID + 1));
  EXPECT_NEAR(lines.back(), 1.05F * far + period, kSingle * far);
  EXPECT_NEAR(lines.front(), -lines.back(), kSingle * far);
}

// A tetrahedron whose corners' normals, computed by MuJoCo, are far from the faces'.
MjModelPtr Tetrahedron(const std::string& mesh) {
  return CompileModel(".", {.text = R"(<mujoco><asset><mesh name="t" inertia="exact"
    vertex="0 0 0  1 0 0  0 1 0  0 0 1" face="0 2 1  0 3 2  0 1 3  1 2 3" )" +
                                    mesh + R"(/></asset>
    <worldbody><geom type="mesh" mesh="t"/></worldbody></mujoco>)"});
}

TEST(TessellationTest, MeshesHaveTheFacesNormalWhereTheirOwnIsFarFromIt) {
  const TriangleSoup soup = TessellateMesh(*Tetrahedron(""), 0);
  ASSERT_EQ(NumTriangles(soup), 4);
  for (size_t corner = 0; corner < 12; ++corner) {
    const Vec3 face = Face(soup, corner / 3);
    const Vec3 normal = At(soup.normals, corner);
    EXPECT_GE(Dot(face, normal), 0.8F * std::sqrt(Dot(face, face)) - kSingle) << corner;
  }
}

TEST(TessellationTest, MeshesWithTextureCoordinatesHaveTheirOwnNormals) {
  const MjModelPtr model =
      Tetrahedron(R"(normal="1 0 0  1 0 0  1 0 0  1 0 0" texcoord="0 0  1 0  0 1  0.5 0.25")");
  const TriangleSoup soup = TessellateMesh(*model, 0);
  ASSERT_EQ(NumTriangles(soup), 4);
  EXPECT_THAT(soup.texcoords, SizeIs(24));
  for (size_t corner = 1; corner < 12; ++corner) {
    EXPECT_EQ(At(soup.normals, corner), At(soup.normals, 0)) << corner;
  }
  EXPECT_THAT(soup.texcoords, testing::Contains(0.25F));
}

TEST(TessellationTest, MeshesHaveTheModelsFacesInTheirOrder) {
  const MjModelPtr model = Tetrahedron("");
  const TriangleSoup soup = TessellateMesh(*model, 0);
  for (size_t corner = 0; corner < 12; ++corner) {
    const float* expected = model->mesh_vert + 3 * static_cast<ptrdiff_t>(model->mesh_face[corner]);
    EXPECT_THAT(At(soup.positions, corner),
                testing::ElementsAre(expected[0], expected[1], expected[2]));
  }
}

}  // namespace
}  // namespace libero
