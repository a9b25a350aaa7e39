#include "sim/cpu_renderer/cluster_mesh.h"

#include <meshoptimizer.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

// How much clusters shall face one way rather than be compact, in [0, 1]. With this value the
// fewest clusters of LIBERO's meshes remain after the cone test; see README.md.
constexpr float kConeWeight = 0.75F;

// The cone is that much narrower than it could be (sine), and its apex that much farther (of the
// radius), so that rounding never hides a triangle.
constexpr double kConeMargin = 1E-3;

using Vec3 = std::array<double, 3>;

Vec3 Load(const float* p) {
  return {p[0], p[1], p[2]};
}
Vec3 Minus(const Vec3& a, const Vec3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
double Dot(const Vec3& a, const Vec3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Vec3 Cross(const Vec3& a, const Vec3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Vec3 FaceVector(const float* a, const float* b, const float* c) {
  return Cross(Minus(Load(b), Load(a)), Minus(Load(c), Load(a)));
}

// Triangles by the numbers of unique positions, and the corners of the soup they come from.
struct IndexedTriangles {
  std::vector<float> positions;  // (positions, 3)
  std::vector<uint32_t> indices;
  std::vector<uint32_t> corners;  // (indices) corner of the soup
};

// Leaves out triangles without area.
IndexedTriangles Index(const TriangleSoup& soup) {
  const size_t num_corners = soup.positions.size() / 3;
  constexpr size_t kPositionBytes = 3 * sizeof(float);
  std::vector<uint32_t> remap(num_corners);
  const size_t num_positions = meshopt_generateVertexRemap(
      remap.data(), nullptr, num_corners, soup.positions.data(), num_corners, kPositionBytes);
  IndexedTriangles result;
  result.positions.resize(3 * num_positions);
  meshopt_remapVertexBuffer(result.positions.data(), soup.positions.data(), num_corners,
                            kPositionBytes, remap.data());
  result.indices.reserve(num_corners);
  result.corners.reserve(num_corners);
  for (size_t corner = 0; corner < num_corners; corner += 3) {
    const float* p = soup.positions.data() + 3 * corner;
    if (FaceVector(p, p + 3, p + 6) == Vec3{}) continue;
    for (size_t k = corner; k < corner + 3; ++k) {
      result.indices.push_back(remap[k]);
      result.corners.push_back(static_cast<uint32_t>(k));
    }
  }
  return result;
}

// Which triangles of IndexedTriangles have a position as their first corner.
class TriangleFinder {
 public:
  explicit TriangleFinder(const IndexedTriangles& mesh)
      : mesh_(mesh), first_(mesh.positions.size() / 3 + 1), triangles_(mesh.indices.size() / 3) {
    const size_t num_triangles = triangles_.size();
    for (size_t i = 0; i < num_triangles; ++i) ++first_[mesh.indices[3 * i] + 1];
    for (size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
    std::vector<uint32_t> next(first_.begin(), first_.end() - 1);
    for (size_t i = 0; i < num_triangles; ++i) {
      triangles_[next[mesh.indices[3 * i]]++] = static_cast<uint32_t>(i);
    }
    is_taken_.resize(num_triangles);
  }

  // The first triangle of these positions that has not been asked for yet.
  uint32_t Take(uint32_t a, uint32_t b, uint32_t c) {
    for (uint32_t k = first_[a]; k < first_[a + 1]; ++k) {
      const uint32_t triangle = triangles_[k];
      const uint32_t* index = mesh_.indices.data() + 3 * static_cast<size_t>(triangle);
      if (is_taken_[triangle] || index[1] != b || index[2] != c) continue;
      is_taken_[triangle] = true;
      return triangle;
    }
    LIBERO_CHECK(false && "a cluster has a triangle that the mesh has not");
    return 0;
  }

 private:
  const IndexedTriangles& mesh_;
  std::vector<uint32_t> first_;      // (positions + 1) in triangles_
  std::vector<uint32_t> triangles_;  // by their first position
  std::vector<bool> is_taken_;
};

// Triangles, cluster after cluster.
struct Partition {
  std::vector<uint32_t> triangles;  // of IndexedTriangles
  std::vector<size_t> ends;         // of the clusters, in `triangles`
};

Partition Split(const IndexedTriangles& mesh) {
  const size_t num_positions = mesh.positions.size() / 3;
  const size_t max_clusters =
      meshopt_buildMeshletsBound(mesh.indices.size(), kClusterPositions, kClusterTriangles);
  std::vector<meshopt_Meshlet> meshlets(max_clusters);
  std::vector<uint32_t> vertices(max_clusters * kClusterPositions);
  std::vector<uint8_t> locals(max_clusters * kClusterTriangles * 3);
  meshlets.resize(meshopt_buildMeshlets(meshlets.data(), vertices.data(), locals.data(),
                                        mesh.indices.data(), mesh.indices.size(),
                                        mesh.positions.data(), num_positions, 3 * sizeof(float),
                                        kClusterPositions, kClusterTriangles, kConeWeight));
  TriangleFinder finder(mesh);
  Partition result;
  result.triangles.reserve(mesh.indices.size() / 3);
  for (const meshopt_Meshlet& meshlet : meshlets) {
    const uint32_t* vertex = vertices.data() + meshlet.vertex_offset;
    const uint8_t* local = locals.data() + meshlet.triangle_offset;
    for (unsigned i = 0; i < meshlet.triangle_count; ++i, local += 3) {
      result.triangles.push_back(finder.Take(vertex[local[0]], vertex[local[1]], vertex[local[2]]));
    }
    result.ends.push_back(result.triangles.size());
  }
  return result;
}

// Fills a cluster's sphere and cone. `indices` are the positions of its triangles' corners.
void Bound(std::span<const uint32_t> indices, const std::vector<float>& positions,
           Cluster& cluster) {
  const meshopt_Bounds bounds = meshopt_computeClusterBounds(
      indices.data(), indices.size(), positions.data(), positions.size() / 3, 3 * sizeof(float));
  std::ranges::copy(bounds.center, cluster.center);
  std::ranges::copy(bounds.cone_axis, cluster.cone_axis);
  const auto at = [&](size_t corner) {
    return positions.data() + 3 * static_cast<size_t>(indices[corner]);
  };
  const Vec3 center = Load(cluster.center);
  const Vec3 axis = Load(cluster.cone_axis);
  double squared_radius = 0;
  double min_cosine = 1;
  double apex_distance = 0;
  for (size_t i = 0; i < indices.size(); i += 3) {
    for (size_t k = i; k < i + 3; ++k) {
      const Vec3 from_center = Minus(Load(at(k)), center);
      squared_radius = std::max(squared_radius, Dot(from_center, from_center));
    }
    const Vec3 face = FaceVector(at(i), at(i + 1), at(i + 2));
    const double along_axis = Dot(face, axis);
    min_cosine = std::min(min_cosine, along_axis / std::sqrt(Dot(face, face)));
    if (along_axis <= 0) continue;
    apex_distance = std::max(apex_distance, Dot(Minus(center, Load(at(i))), face) / along_axis);
  }
  const double radius = std::sqrt(squared_radius);
  cluster.radius = std::nextafter(static_cast<float>(radius), INFINITY);
  constexpr double kMinCosine = 0.1;  // below, the cone holds next to nothing
  if (!(min_cosine > kMinCosine)) return;
  cluster.cone_cutoff = static_cast<float>(std::sqrt(1 - min_cosine * min_cosine) + kConeMargin);
  for (size_t k = 0; k < 3; ++k) {
    cluster.cone_apex[k] =
        static_cast<float>(center[k] - axis[k] * (apex_distance + kConeMargin * radius));
  }
}

// Appends copies of the value at `first` until the size is a multiple of `unit`.
template <typename T>
void Pad(std::vector<T>& values, size_t first, size_t unit) {
  const T padding = values[first];
  values.resize((values.size() + unit - 1) / unit * unit, padding);
}

// Appends clusters to a mesh.
class MeshWriter {
 public:
  MeshWriter(const TriangleSoup& soup, const IndexedTriangles& indexed, size_t num_clusters)
      : soup_(soup), indexed_(indexed), local_of_(indexed.positions.size() / 3) {
    mesh_.clusters.reserve(num_clusters);
    for (auto* values : {&mesh_.x, &mesh_.y, &mesh_.z}) {
      values->reserve(num_clusters * kClusterPositions);
    }
    for (size_t k = 0; k < 3; ++k) {
      mesh_.corner_position[k].reserve(num_clusters * kClusterTriangles);
    }
    mesh_.corner_attributes.reserve(num_clusters * kClusterTriangles);
  }

  void Add(std::span<const uint32_t> triangles) {
    Cluster cluster;
    cluster.first_position = static_cast<uint32_t>(mesh_.x.size());
    cluster.first_attribute = static_cast<uint32_t>(mesh_.normals.size());
    cluster.first_triangle = static_cast<uint32_t>(mesh_.corner_position[0].size());
    cluster.num_triangles = static_cast<uint8_t>(triangles.size());
    indices_.clear();
    for (const uint32_t triangle : triangles) {
      std::array<uint8_t, 3>& attributes = mesh_.corner_attributes.emplace_back();
      for (size_t k = 0; k < 3; ++k) {
        const size_t at = 3 * static_cast<size_t>(triangle) + k;
        const uint8_t position = AddPosition(indexed_.indices[at], cluster);
        mesh_.corner_position[k].push_back(position);
        attributes[k] = AddAttribute(indexed_.corners[at], position, cluster);
        indices_.push_back(indexed_.indices[at]);
      }
    }
    Bound(indices_, indexed_.positions, cluster);
    PadArrays(cluster);
    mesh_.clusters.push_back(cluster);
  }

  ClusterMesh Take() {
    mesh_.normals.shrink_to_fit();
    mesh_.texcoords.shrink_to_fit();
    for (auto& positions : mesh_.corner_position) positions.shrink_to_fit();
    mesh_.corner_attributes.shrink_to_fit();
    return std::move(mesh_);
  }

 private:
  // The number in the cluster of a position of the whole mesh.
  uint8_t AddPosition(uint32_t index, Cluster& cluster) {
    Local& local = local_of_[index];
    const auto current = static_cast<uint32_t>(mesh_.clusters.size() + 1);
    if (local.cluster == current) return local.position;
    first_attribute_[cluster.num_positions] = kNone;
    local = {current, cluster.num_positions++};
    const float* p = indexed_.positions.data() + 3 * static_cast<size_t>(index);
    mesh_.x.push_back(p[0]);
    mesh_.y.push_back(p[1]);
    mesh_.z.push_back(p[2]);
    return local.position;
  }

  uint8_t AddAttribute(uint32_t corner, uint8_t position, Cluster& cluster) {
    const float* normal = soup_.normals.data() + 3 * static_cast<size_t>(corner);
    const float* texcoord = soup_.texcoords.empty()
                                ? nullptr
                                : soup_.texcoords.data() + 2 * static_cast<size_t>(corner);
    for (uint8_t i = first_attribute_[position]; i != kNone; i = next_attribute_[i]) {
      if (IsAttribute(cluster.first_attribute + i, normal, texcoord)) return i;
    }
    next_attribute_[cluster.num_attributes] = first_attribute_[position];
    first_attribute_[position] = cluster.num_attributes;
    mesh_.normals.push_back({normal[0], normal[1], normal[2], static_cast<float>(position)});
    if (texcoord != nullptr) mesh_.texcoords.push_back({texcoord[0], texcoord[1]});
    return cluster.num_attributes++;
  }

  [[nodiscard]] bool IsAttribute(size_t i, const float* normal, const float* texcoord) const {
    const auto is_same = [](float a, float b) {
      return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
    };
    const auto& own = mesh_.normals[i];
    return is_same(own[0], normal[0]) && is_same(own[1], normal[1]) && is_same(own[2], normal[2]) &&
           (texcoord == nullptr || (is_same(mesh_.texcoords[i][0], texcoord[0]) &&
                                    is_same(mesh_.texcoords[i][1], texcoord[1])));
  }

  void PadArrays(const Cluster& cluster) {
    for (auto* values : {&mesh_.x, &mesh_.y, &mesh_.z}) {
      Pad(*values, cluster.first_position, kClusterPositions);
    }
    const size_t num_triangles =
        (mesh_.corner_attributes.size() + kTriangleBatch - 1) / kTriangleBatch * kTriangleBatch;
    for (auto& positions : mesh_.corner_position) positions.resize(num_triangles);
    mesh_.corner_attributes.resize(num_triangles);
  }

  struct Local {
    uint32_t cluster = 0;  // that it was used in last; 0: none
    uint8_t position = 0;
  };

  static constexpr uint8_t kNone = 255;

  const TriangleSoup& soup_;
  const IndexedTriangles& indexed_;
  std::vector<Local> local_of_;    // (positions)
  std::vector<uint32_t> indices_;  // of the cluster's corners
  // the attributes of each position of the cluster are chained
  std::array<uint8_t, kClusterPositions> first_attribute_{};
  std::array<uint8_t, 3 * kClusterTriangles> next_attribute_{};
  ClusterMesh mesh_;
};

// Fills the box around the positions; padding repeats some of them.
void BoundAll(ClusterMesh& mesh) {
  const std::vector<float>* axes[3] = {&mesh.x, &mesh.y, &mesh.z};
  for (size_t k = 0; k < 3; ++k) {
    if (axes[k]->empty()) continue;
    const auto [min, max] = std::ranges::minmax(*axes[k]);
    mesh.min[k] = min;
    mesh.max[k] = max;
  }
}

}  // namespace

ClusterMesh MakeClusterMesh(const TriangleSoup& soup) {
  const size_t num_corners = soup.positions.size() / 3;
  LIBERO_CHECK(num_corners % 3 == 0 && soup.positions.size() == 3 * num_corners);
  LIBERO_CHECK(soup.normals.size() == 3 * num_corners);
  LIBERO_CHECK(soup.texcoords.empty() || soup.texcoords.size() == 2 * num_corners);
  const IndexedTriangles indexed = Index(soup);
  if (indexed.indices.empty()) return {};
  const Partition partition = Split(indexed);
  MeshWriter writer(soup, indexed, partition.ends.size());
  size_t begin = 0;
  for (const size_t end : partition.ends) {
    writer.Add(std::span(partition.triangles).subspan(begin, end - begin));
    begin = end;
  }
  ClusterMesh mesh = writer.Take();
  BoundAll(mesh);
  return mesh;
}

}  // namespace libero
