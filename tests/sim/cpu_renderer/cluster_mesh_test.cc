#include "sim/cpu_renderer/cluster_mesh.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cpu_renderer/tessellation.h"

namespace libero {
namespace {

using testing::Each;
using testing::IsEmpty;
using testing::SizeIs;

using Corner = std::array<float, 8>;  // position, normal, texture coordinates
using Triangle = std::array<Corner, 3>;
using Vec3 = std::array<double, 3>;

Vec3 Minus(const Vec3& a, const Vec3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
double Dot(const Vec3& a, const Vec3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Vec3 Cross(const Vec3& a, const Vec3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Vec3 Position(const Corner& corner) {
  return {corner[0], corner[1], corner[2]};
}

bool HasArea(const Triangle& t) {
  const Vec3 a = Position(t[0]);
  return Cross(Minus(Position(t[1]), a), Minus(Position(t[2]), a)) != Vec3{};
}

// The smallest corner first, so that equal triangles of one orientation are equal.
Triangle Turned(Triangle t) {
  std::rotate(t.begin(), std::ranges::min_element(t), t.end());
  return t;
}

std::vector<Triangle> Triangles(const TriangleSoup& soup) {
  std::vector<Triangle> result(soup.positions.size() / 9);
  for (size_t i = 0; i < 3 * result.size(); ++i) {
    Corner& corner = result[i / 3][i % 3];
    for (size_t k = 0; k < 3; ++k) corner[k] = soup.positions[3 * i + k];
    for (size_t k = 0; k < 3; ++k) corner[3 + k] = soup.normals[3 * i + k];
    if (soup.texcoords.empty()) continue;
    for (size_t k = 0; k < 2; ++k) corner[6 + k] = soup.texcoords[2 * i + k];
  }
  return result;
}

std::vector<Triangle> Triangles(const ClusterMesh& mesh, const Cluster& cluster) {
  std::vector<Triangle> result(cluster.num_triangles);
  for (size_t i = 0; i < result.size(); ++i) {
    for (size_t k = 0; k < 3; ++k) {
      const size_t triangle = cluster.first_triangle + i;
      const size_t p = cluster.first_position + mesh.corner_position[k][triangle];
      const size_t a = cluster.first_attribute + mesh.corner_attributes[triangle][k];
      const auto& normal = mesh.normals[a];
      EXPECT_EQ(normal[3], mesh.corner_position[k][triangle]);
      result[i][k] = {mesh.x[p], mesh.y[p], mesh.z[p], normal[0], normal[1], normal[2]};
      if (mesh.texcoords.empty()) continue;
      result[i][k][6] = mesh.texcoords[a][0];
      result[i][k][7] = mesh.texcoords[a][1];
    }
  }
  return result;
}

std::vector<Triangle> Sorted(std::vector<Triangle> triangles) {
  for (Triangle& triangle : triangles) triangle = Turned(triangle);
  std::ranges::sort(triangles);
  return triangles;
}

std::vector<Triangle> AllTriangles(const ClusterMesh& mesh) {
  std::vector<Triangle> result;
  for (const Cluster& cluster : mesh.clusters) {
    const std::vector<Triangle> part = Triangles(mesh, cluster);
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

class Random {
 public:
  explicit Random(unsigned seed) : generator_(seed) {}
  float Normal() { return static_cast<float>(normal_(generator_)); }

 private:
  std::mt19937 generator_;
  std::normal_distribution<> normal_;
};

// Triangles anywhere, without neighbours; the first one twice, with other colours.
TriangleSoup Scattered(int num_triangles, Random& random) {
  TriangleSoup soup;
  for (int i = 0; i < 9 * num_triangles; ++i) {
    soup.positions.push_back(random.Normal());
    soup.normals.push_back(random.Normal());
  }
  std::copy_n(soup.positions.begin(), 9, soup.positions.end() - 9);
  for (int i = 0; i < 6 * num_triangles; ++i) soup.texcoords.push_back(random.Normal());
  return soup;
}

// A ball with bumps, each face flat: every position has several normals.
TriangleSoup Rock(Random& random) {
  TriangleSoup soup = TessellateSphere(24, 24);
  const float a = 3 * random.Normal();
  const float b = 3 * random.Normal();
  for (size_t i = 0; i < soup.positions.size(); i += 3) {
    float* p = soup.positions.data() + i;
    const float scale = 1 + 0.3F * std::sin(a * p[0] + b * p[2]) * std::cos(b * p[1]);
    for (int k = 0; k < 3; ++k) p[k] *= scale;
  }
  for (size_t i = 0; i < soup.normals.size(); ++i) {
    const size_t face = i / 9;
    soup.normals[i] = static_cast<float>(face + i % 3);
  }
  return soup;
}

struct NamedSoup {
  std::string name;
  TriangleSoup soup;
};
void PrintTo(const NamedSoup& named, std::ostream* out) {
  *out << named.name;
}

std::vector<NamedSoup> Soups() {
  Random random(7);
  std::vector<NamedSoup> soups = {{"SmoothBall", TessellateSphere(40, 30)},
                                  {"Cube", TessellateBox(4)}};
  for (int i = 0; i < 3; ++i) soups.push_back({"Rock" + std::to_string(i), Rock(random)});
  for (const int num_triangles : {1, 2, 15, 49, 300}) {
    soups.push_back(
        {"Scattered" + std::to_string(num_triangles), Scattered(num_triangles, random)});
  }
  return soups;
}

class ClusterMeshTest : public testing::TestWithParam<NamedSoup> {};

INSTANTIATE_TEST_SUITE_P(Soups, ClusterMeshTest, testing::ValuesIn(Soups()),
                         [](const auto& test) { return test.param.name; });

TEST_P(ClusterMeshTest, KeepsEveryTriangleOnceWithItsCornersInTheirTurn) {
  std::vector<Triangle> expected = Triangles(GetParam().soup);
  std::erase_if(expected, [](const Triangle& t) { return !HasArea(t); });
  EXPECT_TRUE(Sorted(AllTriangles(MakeClusterMesh(GetParam().soup))) == Sorted(expected));
}

// What a cluster takes of the arrays: (positions, attributes, triangles), padded.
std::array<size_t, 3> Room(const Cluster& cluster) {
  const auto padded = [](size_t count) {
    return (count + kTriangleBatch - 1) / kTriangleBatch * kTriangleBatch;
  };
  return {kClusterPositions, cluster.num_attributes, padded(cluster.num_triangles)};
}

TEST_P(ClusterMeshTest, ClustersKeepTheirLimits) {
  for (const Cluster& cluster : MakeClusterMesh(GetParam().soup).clusters) {
    EXPECT_GT(cluster.num_triangles, 0);
    EXPECT_LE(cluster.num_triangles, kClusterTriangles);
    EXPECT_LE(cluster.num_positions, kClusterPositions);
    EXPECT_GE(cluster.num_attributes, cluster.num_positions);
    EXPECT_LE(cluster.num_attributes, 3 * kClusterTriangles);
  }
}

TEST_P(ClusterMeshTest, ClustersFollowEachOtherAndFillTheArrays) {
  const ClusterMesh mesh = MakeClusterMesh(GetParam().soup);
  std::array<size_t, 3> end{};
  for (const Cluster& cluster : mesh.clusters) {
    EXPECT_EQ(end, (std::array<size_t, 3>{cluster.first_position, cluster.first_attribute,
                                          cluster.first_triangle}));
    for (size_t i = 0; i < 3; ++i) end[i] += Room(cluster)[i];
  }
  const size_t num_texcoords = GetParam().soup.texcoords.empty() ? 0 : end[1];
  EXPECT_THAT((std::array{mesh.x.size(), mesh.y.size(), mesh.z.size()}), Each(end[0]));
  EXPECT_THAT(mesh.normals, SizeIs(end[1]));
  EXPECT_THAT(mesh.texcoords, SizeIs(num_texcoords));
  EXPECT_THAT(mesh.corner_position, Each(SizeIs(end[2])));
  EXPECT_THAT(mesh.corner_attributes, SizeIs(end[2]));
}

// The values from `first` + `count` to `first` + `room`.
template <typename T>
std::vector<T> Padding(const std::vector<T>& values, size_t first, size_t count, size_t room) {
  const auto at = [&](size_t i) {
    return values.begin() + static_cast<ptrdiff_t>(first + i);
  };
  return {at(count), at(room)};
}

TEST_P(ClusterMeshTest, PaddingRepeatsTheFirstPosition) {
  const ClusterMesh mesh = MakeClusterMesh(GetParam().soup);
  for (const Cluster& c : mesh.clusters) {
    for (const auto* values : {&mesh.x, &mesh.y, &mesh.z}) {
      EXPECT_THAT(Padding(*values, c.first_position, c.num_positions, Room(c)[0]),
                  Each((*values)[c.first_position]));
    }
  }
}

TEST_P(ClusterMeshTest, PaddingTrianglesHaveNoArea) {
  const ClusterMesh mesh = MakeClusterMesh(GetParam().soup);
  for (const Cluster& c : mesh.clusters) {
    for (const auto& corners : mesh.corner_position) {
      EXPECT_THAT(Padding(corners, c.first_triangle, c.num_triangles, Room(c)[2]), Each(0));
    }
    EXPECT_THAT(Padding(mesh.corner_attributes, c.first_triangle, c.num_triangles, Room(c)[2]),
                Each(Each(0)));
  }
}

TEST_P(ClusterMeshTest, CornersThatAreTheSameAreOneAttribute) {
  const ClusterMesh mesh = MakeClusterMesh(GetParam().soup);
  for (const Cluster& cluster : mesh.clusters) {
    std::vector<Corner> corners;
    for (const Triangle& triangle : Triangles(mesh, cluster)) {
      corners.insert(corners.end(), triangle.begin(), triangle.end());
    }
    std::ranges::sort(corners);
    corners.erase(std::unique(corners.begin(), corners.end()), corners.end());
    EXPECT_EQ(cluster.num_attributes, corners.size());
  }
}

TEST_P(ClusterMeshTest, SpheresAndTheBoxHoldThePositions) {
  constexpr double kRounding = 1E-6;  // the centre and the distance are floats here and there
  const ClusterMesh mesh = MakeClusterMesh(GetParam().soup);
  for (const Cluster& cluster : mesh.clusters) {
    const Vec3 center = {cluster.center[0], cluster.center[1], cluster.center[2]};
    for (const Triangle& triangle : Triangles(mesh, cluster)) {
      for (const Corner& corner : triangle) {
        const Vec3 d = Minus(Position(corner), center);
        EXPECT_LE(std::sqrt(Dot(d, d)), cluster.radius * (1 + kRounding));
        for (size_t k = 0; k < 3; ++k) {
          EXPECT_GE(corner[k], mesh.min[k]);
          EXPECT_LE(corner[k], mesh.max[k]);
        }
      }
    }
  }
}

// Whether the cone says, computed in float as the stages do, that no triangle faces the point.
bool IsHidden(const Cluster& cluster, const std::array<float, 3>& eye) {
  std::array<float, 3> d{};
  for (size_t k = 0; k < 3; ++k) d[k] = cluster.cone_apex[k] - eye[k];
  const float length = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  const float dot =
      d[0] * cluster.cone_axis[0] + d[1] * cluster.cone_axis[1] + d[2] * cluster.cone_axis[2];
  return cluster.cone_cutoff < 1 && dot >= cluster.cone_cutoff * length;
}

TEST_P(ClusterMeshTest, ConesNeverHideAFaceThatIsSeen) {
  constexpr int kNumEyes = 1000;  // near and far
  const ClusterMesh mesh = MakeClusterMesh(GetParam().soup);
  Random random(3);
  for (int i = 0; i < kNumEyes; ++i) {
    const float distance = std::exp(2 * random.Normal());
    const std::array<float, 3> eye = {distance * random.Normal(), distance * random.Normal(),
                                      distance * random.Normal()};
    for (const Cluster& cluster : mesh.clusters) {
      if (!IsHidden(cluster, eye)) continue;
      for (const Triangle& t : Triangles(mesh, cluster)) {
        const Vec3 a = Position(t[0]);
        const Vec3 face = Cross(Minus(Position(t[1]), a), Minus(Position(t[2]), a));
        ASSERT_LE(Dot(face, Minus({eye[0], eye[1], eye[2]}, a)), 0);
      }
    }
  }
}

TEST_P(ClusterMeshTest, TheSameSoupGivesTheSameMesh) {
  const ClusterMesh a = MakeClusterMesh(GetParam().soup);
  const ClusterMesh b = MakeClusterMesh(GetParam().soup);
  EXPECT_EQ(a.x, b.x);
  EXPECT_EQ(a.normals, b.normals);
  EXPECT_EQ(a.texcoords, b.texcoords);
  EXPECT_EQ(a.corner_attributes, b.corner_attributes);
  ASSERT_EQ(a.clusters.size(), b.clusters.size());
  for (size_t i = 0; i < a.clusters.size(); ++i) {
    EXPECT_THAT(a.clusters[i].cone_apex, testing::ElementsAreArray(b.clusters[i].cone_apex));
    EXPECT_EQ(a.clusters[i].radius, b.clusters[i].radius);
  }
}

TEST(ClusterMeshTest, ConesHideTheBackOfABall) {
  const ClusterMesh ball = MakeClusterMesh(TessellateSphere(100, 100));
  int num_triangles = 0;
  int num_hidden = 0;
  for (const Cluster& cluster : ball.clusters) {
    num_triangles += cluster.num_triangles;
    if (IsHidden(cluster, {0, -5, 0})) num_hidden += cluster.num_triangles;
  }
  EXPECT_GT(num_hidden, 0.45 * num_triangles);  // of 60 % that face away
}

TEST(ClusterMeshTest, ClustersOfASmoothMeshAreFull) {
  const ClusterMesh ball = MakeClusterMesh(TessellateSphere(100, 100));
  const size_t num_triangles = AllTriangles(ball).size();
  EXPECT_GT(num_triangles, 38 * ball.clusters.size());
}

TEST(ClusterMeshTest, TrianglesWithoutAreaAreLeftOut) {
  TriangleSoup soup;
  soup.positions = {0, 0, 0, 1, 0, 0, 1, 0, 0,   // two corners at one place
                    0, 0, 0, 1, 1, 1, 2, 2, 2};  // all on a line
  soup.normals.resize(18);
  EXPECT_THAT(MakeClusterMesh(soup).clusters, IsEmpty());
}

TEST(ClusterMeshTest, NoTrianglesAreNoClusters) {
  const ClusterMesh mesh = MakeClusterMesh({});
  EXPECT_THAT(mesh.clusters, IsEmpty());
  EXPECT_THAT(mesh.max, Each(0));
}

}  // namespace
}  // namespace libero
