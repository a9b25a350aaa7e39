#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace libero {

// Triangles as OpenGL is given them, corner by corner, in the order in which they are drawn. Front
// faces run counter-clockwise.
struct TriangleSoup {
  std::vector<float> positions;  // (3·triangles, 3) object frame
  std::vector<float> normals;    // (3·triangles, 3) object frame, of any length
  std::vector<float> texcoords;  // (3·triangles, 2), or empty
};

inline constexpr int kClusterPositions = 32;  // at most, and room that each cluster has
inline constexpr int kClusterTriangles = 48;  // at most
inline constexpr int kClusterAttributes = 3 * kClusterTriangles;  // at most
inline constexpr int kTriangleBatch = 16;  // triangles of a cluster are padded to multiples

// A few neighbouring triangles that face a similar way. Corners have positions, which decide what
// is covered, and attributes (normal, texture coordinates), which decide its colour; both are
// numbered within the cluster.
struct Cluster {
  uint32_t first_position = 0;  // multiple of kClusterPositions
  uint32_t first_attribute = 0;
  uint32_t first_triangle = 0;  // multiple of kTriangleBatch
  uint8_t num_positions = 0;    // ≤ kClusterPositions
  uint8_t num_attributes = 0;   // ≤ 3·kClusterTriangles
  uint8_t num_triangles = 0;    // ≤ kClusterTriangles
  float center[3] = {};         // of a sphere around the positions, object frame
  float radius = 0;
  // no triangle faces a point p if dot(normalize(cone_apex - p), cone_axis) >= cone_cutoff; cutoff
  // 1 or more: such points are not known
  float cone_apex[3] = {};
  float cone_axis[3] = {};
  float cone_cutoff = 2;
};

// An immutable mesh in the form that the stages read: arrays of one coordinate each, clusters one
// after another, each padded, so that whole vectors can be loaded.
struct ClusterMesh {
  std::vector<Cluster> clusters;

  // (positions), object frame; padding repeats the cluster's first position
  std::vector<float> x, y, z;

  // (triangles) each corner's position and attribute in the cluster; padding has three times 0
  std::array<std::vector<uint8_t>, 3> corner_position;
  std::vector<std::array<uint8_t, 3>> corner_attributes;

  // (attributes)
  std::vector<std::array<float, 4>> normals;    // normal, object frame; its position in the cluster
  std::vector<std::array<float, 2>> texcoords;  // or empty

  float min[3] = {};  // of all positions
  float max[3] = {};
};

// Merges corners that are bitwise the same, and cuts the mesh to clusters. Triangles without area
// are left out. Deterministic. Takes about 1 µs a triangle.
[[nodiscard]] ClusterMesh MakeClusterMesh(const TriangleSoup& soup);

}  // namespace libero
