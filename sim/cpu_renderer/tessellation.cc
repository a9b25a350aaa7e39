#include "sim/cpu_renderer/tessellation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

using Vec3 = std::array<float, 3>;

// One corner of a primitive.
struct Vertex {
  Vec3 position{};
  Vec3 normal{};
};

// Collects primitives as glBegin(GL_TRIANGLES) and glBegin(GL_QUADS) do.
class SoupBuilder {
 public:
  void Triangle(const Vertex& a, const Vertex& b, const Vertex& c) {
    for (const Vertex* vertex : {&a, &b, &c}) {
      soup_.positions.insert(soup_.positions.end(), vertex->position.begin(),
                             vertex->position.end());
      soup_.normals.insert(soup_.normals.end(), vertex->normal.begin(), vertex->normal.end());
    }
  }
  void Quad(const Vertex& a, const Vertex& b, const Vertex& c, const Vertex& d) {
    Triangle(a, b, d);
    Triangle(b, c, d);
  }
  // A quad whose corners have one normal.
  void Quad(const Vec3& normal, const std::array<Vec3, 4>& p) {
    Quad({p[0], normal}, {p[1], normal}, {p[2], normal}, {p[3], normal});
  }
  TriangleSoup Take() { return std::move(soup_); }

 private:
  TriangleSoup soup_;
};

// The angle of slice `j` of `num_slices`; computed in double, as all the angles here.
float Azimuth(int j, int num_slices) {
  return static_cast<float>((2.0F * mjPI * j) / static_cast<float>(num_slices));
}

// The angle of ring `i` of a half sphere of `num_rings`; `sign` 1: above the equator, -1: below.
float Elevation(int i, int sign, int num_rings) {
  return static_cast<float>((0.5 * mjPI * sign * i) / static_cast<float>(num_rings));
}

// A point of the unit sphere around (0, 0, center_z).
Vertex SphereVertex(float azimuth, float elevation, int center_z) {
  const auto z = static_cast<float>(center_z);
  const Vec3 p = {std::cos(azimuth) * std::cos(elevation), std::sin(azimuth) * std::cos(elevation),
                  z + std::sin(elevation)};
  return {p, {p[0], p[1], p[2] - z}};
}

// The cap of a half sphere: triangles between its last ring and the pole.
void AddPole(int sign, int center_z, int num_slices, int num_rings, SoupBuilder& soup) {
  const float elevation = Elevation(num_rings - 1, sign, num_rings);
  const Vertex pole = {{0, 0, static_cast<float>(center_z + sign)},
                       {0, 0, static_cast<float>(sign)}};
  for (int j = 0; j < num_slices; ++j) {
    const Vertex a = SphereVertex(Azimuth(j, num_slices), elevation, center_z);
    const Vertex b = SphereVertex(Azimuth(j + 1, num_slices), elevation, center_z);
    if (sign > 0) soup.Triangle(a, b, pole);
    if (sign < 0) soup.Triangle(pole, b, a);
  }
}

// The rings of a half sphere below its cap.
void AddRings(int sign, int center_z, int num_slices, int num_rings, SoupBuilder& soup) {
  for (int i = 0; i < num_rings - 1; ++i) {
    const float low = Elevation(i, sign, num_rings);
    const float high = Elevation(i + 1, sign, num_rings);
    for (int j = 0; j < num_slices; ++j) {
      const float left = Azimuth(j, num_slices);
      const float right = Azimuth(j + 1, num_slices);
      const Vertex a = SphereVertex(left, low, center_z);
      const Vertex b = SphereVertex(right, low, center_z);
      const Vertex c = SphereVertex(right, high, center_z);
      const Vertex d = SphereVertex(left, high, center_z);
      if (sign > 0) soup.Quad(a, b, c, d);
      if (sign < 0) soup.Quad(d, c, b, a);
    }
  }
}

// The end of a cylinder: a disc at z = sign that faces outwards.
void AddDisc(int sign, int num_slices, int num_rings, SoupBuilder& soup) {
  const auto z = static_cast<float>(sign);
  const Vec3 normal = {0, 0, z};
  const auto at = [&](int j, int ring) -> Vertex {
    const float radius = static_cast<float>(ring) / static_cast<float>(num_rings);
    const float azimuth = Azimuth(j, num_slices);
    return {{std::cos(azimuth) * radius, std::sin(azimuth) * radius, z}, normal};
  };
  const Vertex center = {{0, 0, z}, normal};
  for (int j = 0; j < num_slices; ++j) {
    if (sign > 0) soup.Triangle(at(j, 1), at(j + 1, 1), center);
    if (sign < 0) soup.Triangle(center, at(j + 1, 1), at(j, 1));
  }
  for (int i = 1; i < num_rings; ++i) {
    for (int j = 0; j < num_slices; ++j) {
      const Vertex a = at(j, i + 1);
      const Vertex b = at(j + 1, i + 1);
      const Vertex c = at(j + 1, i);
      const Vertex d = at(j, i);
      if (sign > 0) soup.Quad(a, b, c, d);
      if (sign < 0) soup.Quad(d, c, b, a);
    }
  }
}

Vertex CylinderVertex(float azimuth, float z) {
  const float x = std::cos(azimuth);
  const float y = std::sin(azimuth);
  const float length = std::sqrt(x * x + y * y);
  return {{x, y, z}, {x / length, y / length, 0}};
}

void AddOpenCylinder(int num_slices, int num_stacks, SoupBuilder& soup) {
  const auto height = [&](int i) {
    return static_cast<float>(2 * i) / static_cast<float>(num_stacks) - 1;
  };
  for (int i = 0; i < num_stacks; ++i) {
    for (int j = 0; j < num_slices; ++j) {
      const float left = Azimuth(j, num_slices);
      const float right = Azimuth(j + 1, num_slices);
      soup.Quad(CylinderVertex(left, height(i)), CylinderVertex(right, height(i)),
                CylinderVertex(right, height(i + 1)), CylinderVertex(left, height(i + 1)));
    }
  }
}

// The lines of a plane geom's grid along one axis, from the lowest; the cells at the border may be
// smaller ones.
std::vector<double> FiniteGrid(double half_size, double cell_half_size) {
  const double cell = std::max(cell_half_size, half_size / (mjMAXPLANEGRID - 2));
  int num_cells = static_cast<int>(std::floor(half_size / std::max(mjMINVAL, cell)));
  num_cells -= num_cells % 2;
  const double padding = half_size - num_cells * cell;
  num_cells += 2;
  std::vector<double> lines(static_cast<size_t>(num_cells) + 1);
  for (int i = 0; i < num_cells; ++i) {
    const bool is_first = i == 0;
    const bool is_last = i == num_cells - 1;
    const double left = is_first ? -half_size : -half_size + padding + (i - 1) * cell * 2;
    const double right = left + (is_first || is_last ? padding : cell * 2);
    lines[static_cast<size_t>(i)] = left;
    lines[static_cast<size_t>(i) + 1] = std::max(left, right);
  }
  return lines;
}

// The same along an axis without end; `repeat` as of the geom's material, 0: none.
std::vector<double> InfiniteGrid(double far, float repeat) {
  const double period =
      repeat > 0 ? static_cast<double>(2 / repeat) : 2.1 * far / (mjMAXPLANEGRID - 2);
  const double cell = (2.1 * far + 2 * period) / mjMAXPLANEGRID;
  std::vector<double> lines(mjMAXPLANEGRID + 1);
  for (int i = 0; i <= mjMAXPLANEGRID; ++i) {
    lines[static_cast<size_t>(i)] = cell * i - cell * (mjMAXPLANEGRID / 2);
  }
  return lines;
}

// All quads between these lines, at z = 0.
TriangleSoup TessellateGrid(const std::vector<double>& x, const std::vector<double>& y) {
  SoupBuilder soup;
  for (size_t i = 0; i + 1 < x.size(); ++i) {
    const auto left = static_cast<float>(x[i]);
    const auto right = static_cast<float>(x[i + 1]);
    for (size_t j = 0; j + 1 < y.size(); ++j) {
      const auto low = static_cast<float>(y[j]);
      const auto high = static_cast<float>(y[j + 1]);
      soup.Quad({0, 0, 1}, {{{left, low, 0}, {right, low, 0}, {right, high, 0}, {left, high, 0}}});
    }
  }
  return soup.Take();
}

// The normal of a triangle by the right hand; (0, 0, 1) if it has no area.
Vec3 FaceNormal(const float* a, const float* b, const float* c) {
  const Vec3 u = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
  const Vec3 v = {c[0] - a[0], c[1] - a[1], c[2] - a[2]};
  Vec3 n = {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
  const float length = std::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
  if (length < 1E-10F) return {0, 0, 1};
  const float scale = 1.0F / length;
  for (float& value : n) value *= scale;
  return n;
}

// Whether a file's normal of a corner is too far from the face's, as where it is an average over
// an edge.
bool IsForeign(const float* normal, const Vec3& face) {
  const float dot = normal[0] * face[0] + normal[1] * face[1] + normal[2] * face[2];
  return static_cast<double>(dot) < 0.8;
}

template <typename T>
void Append(const T* values, int count, std::vector<T>& to) {
  to.insert(to.end(), values, values + count);
}

}  // namespace

TriangleSoup TessellateBox(int num_quads) {
  const float step = 2.0F / static_cast<float>(num_quads);
  const auto at = [&](int i) {
    return step * static_cast<float>(i) - 1;
  };
  SoupBuilder soup;
  for (int i = 0; i < num_quads; ++i) {
    const float a0 = at(i);
    const float a1 = at(i + 1);
    for (int j = 0; j < num_quads; ++j) {
      const float b0 = at(j);
      const float b1 = at(j + 1);
      soup.Quad({0, 0, 1}, {{{a0, b0, 1}, {a1, b0, 1}, {a1, b1, 1}, {a0, b1, 1}}});
      soup.Quad({0, 0, -1}, {{{a0, b1, -1}, {a1, b1, -1}, {a1, b0, -1}, {a0, b0, -1}}});
      soup.Quad({1, 0, 0}, {{{1, a0, b0}, {1, a1, b0}, {1, a1, b1}, {1, a0, b1}}});
      soup.Quad({-1, 0, 0}, {{{-1, a0, b1}, {-1, a1, b1}, {-1, a1, b0}, {-1, a0, b0}}});
      soup.Quad({0, -1, 0}, {{{a0, -1, b0}, {a1, -1, b0}, {a1, -1, b1}, {a0, -1, b1}}});
      soup.Quad({0, 1, 0}, {{{a0, 1, b1}, {a1, 1, b1}, {a1, 1, b0}, {a0, 1, b0}}});
    }
  }
  return soup.Take();
}

TriangleSoup TessellatePlane(int num_quads) {
  std::vector<double> lines(static_cast<size_t>(num_quads) + 1);
  const double step = 2.0 / num_quads;
  for (int i = 0; i <= num_quads; ++i) lines[static_cast<size_t>(i)] = step * i - 1;
  return TessellateGrid(lines, lines);
}

TriangleSoup TessellateSphere(int num_slices, int num_stacks) {
  SoupBuilder soup;
  for (const int sign : {-1, 1}) AddPole(sign, 0, num_slices, num_stacks / 2, soup);
  for (const int sign : {-1, 1}) AddRings(sign, 0, num_slices, num_stacks / 2, soup);
  return soup.Take();
}

TriangleSoup TessellateHalfSphere(int sign, int num_slices, int num_stacks) {
  LIBERO_CHECK(sign == 1 || sign == -1);
  SoupBuilder soup;
  AddPole(sign, sign, num_slices, num_stacks / 2, soup);
  AddRings(sign, sign, num_slices, num_stacks / 2, soup);
  return soup.Take();
}

TriangleSoup TessellateOpenCylinder(int num_slices, int num_stacks) {
  SoupBuilder soup;
  AddOpenCylinder(num_slices, num_stacks, soup);
  return soup.Take();
}

TriangleSoup TessellateCylinder(int num_slices, int num_stacks) {
  SoupBuilder soup;
  AddDisc(-1, num_slices, num_stacks / 2, soup);
  AddOpenCylinder(num_slices, num_stacks, soup);
  AddDisc(1, num_slices, num_stacks / 2, soup);
  return soup.Take();
}

TriangleSoup TessellatePlaneGeom(const mjModel& model, int geom_id) {
  LIBERO_CHECK(model.geom_type[geom_id] == mjGEOM_PLANE);
  const mjtNum* size = model.geom_size + 3 * static_cast<ptrdiff_t>(geom_id);
  const int material = model.geom_matid[geom_id];
  const double far = static_cast<double>(model.vis.map.zfar) * model.stat.extent;
  const auto lines = [&](int axis) {
    if (size[axis] > 0) return FiniteGrid(size[axis], size[2]);
    return InfiniteGrid(far, material >= 0 ? model.mat_texrepeat[2 * material + axis] : 0);
  };
  return TessellateGrid(lines(0), lines(1));
}

TriangleSoup TessellateMesh(const mjModel& model, int mesh_id) {
  const float* vertices = model.mesh_vert + 3 * static_cast<ptrdiff_t>(model.mesh_vertadr[mesh_id]);
  const float* normals =
      model.mesh_normal + 3 * static_cast<ptrdiff_t>(model.mesh_normaladr[mesh_id]);
  const int texcoord_address = model.mesh_texcoordadr[mesh_id];
  const bool has_texcoords = texcoord_address >= 0;
  const auto num_faces = static_cast<size_t>(model.mesh_facenum[mesh_id]);
  TriangleSoup soup;
  soup.positions.reserve(9 * num_faces);
  soup.normals.reserve(9 * num_faces);
  soup.texcoords.reserve(has_texcoords ? 6 * num_faces : 0);
  for (size_t i = 0; i < num_faces; ++i) {
    const size_t face = static_cast<size_t>(model.mesh_faceadr[mesh_id]) + i;
    const int* vertex = model.mesh_face + 3 * face;
    const Vec3 face_normal = FaceNormal(vertices + 3 * static_cast<ptrdiff_t>(vertex[0]),
                                        vertices + 3 * static_cast<ptrdiff_t>(vertex[1]),
                                        vertices + 3 * static_cast<ptrdiff_t>(vertex[2]));
    for (size_t corner = 3 * face; corner < 3 * face + 3; ++corner) {
      const float* normal = normals + 3 * static_cast<ptrdiff_t>(model.mesh_facenormal[corner]);
      const bool takes_face = !has_texcoords && IsForeign(normal, face_normal);
      Append(vertices + 3 * static_cast<ptrdiff_t>(model.mesh_face[corner]), 3, soup.positions);
      Append(takes_face ? face_normal.data() : normal, 3, soup.normals);
      if (!has_texcoords) continue;
      const int texcoord = texcoord_address + model.mesh_facetexcoord[corner];
      Append(model.mesh_texcoord + 2 * static_cast<ptrdiff_t>(texcoord), 2, soup.texcoords);
    }
  }
  return soup;
}

}  // namespace libero
