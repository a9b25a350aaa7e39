#include "sim/cpu_renderer/lighting.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/cpu_renderer/lighting.cc"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include <bit>
#include <cmath>
#include <numbers>

#include "sim/cpu_renderer/power-inl.h"
#include "sim/cpu_renderer/vertex_stage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace {

struct Vec3 {
  FloatVec x, y, z;
};

HWY_INLINE Vec3 Splat(const std::array<float, 3>& v) {
  const FloatTag d;
  return {hn::Set(d, v[0]), hn::Set(d, v[1]), hn::Set(d, v[2])};
}

HWY_INLINE FloatVec Dot(const Vec3& a, const Vec3& b) {
  return hn::Add(hn::Add(hn::Mul(a.x, b.x), hn::Mul(a.y, b.y)), hn::Mul(a.z, b.z));
}

HWY_INLINE Vec3 Minus(const Vec3& a, const Vec3& b) {
  return {hn::Sub(a.x, b.x), hn::Sub(a.y, b.y), hn::Sub(a.z, b.z)};
}

HWY_INLINE Vec3 Plus(const Vec3& a, const Vec3& b) {
  return {hn::Add(a.x, b.x), hn::Add(a.y, b.y), hn::Add(a.z, b.z)};
}

HWY_INLINE Vec3 Times(const Vec3& a, FloatVec factor) {
  return {hn::Mul(a.x, factor), hn::Mul(a.y, factor), hn::Mul(a.z, factor)};
}

// v/|v|; 0 stays 0.
HWY_INLINE Vec3 Normalized(const Vec3& v) {
  const FloatTag d;
  const FloatVec norm = hn::Sqrt(hn::Max(Dot(v, v), hn::Set(d, 1e-30F)));
  return Times(v, hn::Div(hn::Set(d, 1.0F), norm));
}

// What a light does not share between vertices.
struct LightFactors {
  Vec3 towards;          // unit
  FloatVec attenuation;  // a
};

HWY_INLINE LightFactors FactorsOf(const DrawLight& light, float cutoff_cosine,
                                  const Vec3& position) {
  const FloatTag d;
  const Vec3 direction = Splat(light.direction);
  const FloatVec one = hn::Set(d, 1.0F);
  if (light.directional) return {Minus(Splat({0, 0, 0}), direction), one};
  const Vec3 offset = Minus(Splat(light.position), position);
  const FloatVec distance = hn::Sqrt(hn::Max(Dot(offset, offset), hn::Set(d, 1e-30F)));
  const Vec3 towards = Times(offset, hn::Div(one, distance));
  const auto& c = light.attenuation;
  FloatVec attenuation = one;
  if (c[0] != 1 || c[1] != 0 || c[2] != 0) {
    const FloatVec linear = hn::Add(hn::Set(d, c[0]), hn::Mul(hn::Set(d, c[1]), distance));
    const FloatVec square = hn::Mul(hn::Set(d, c[2]), hn::Mul(distance, distance));
    attenuation = hn::Div(one, hn::Add(linear, square));
  }
  if (light.cutoff < 180) {
    const FloatVec cosine = hn::Neg(Dot(towards, direction));
    const FloatVec spot = Power(d, hn::Max(cosine, hn::Zero(d)), light.exponent);
    attenuation =
        hn::IfThenElseZero(hn::Ge(cosine, hn::Set(d, cutoff_cosine)), hn::Mul(attenuation, spot));
  }
  return {towards, attenuation};
}

// The colours of kLanes vertices.
HWY_INLINE Vec3 Light(const ShadingPass& pass, const float* cutoff_cosines, const DrawItem& item,
                      const Vec3& position, const Vec3& normal) {
  const FloatTag d;
  const Vec3 eye =
      Splat({static_cast<float>(pass.view.eye[0]), static_cast<float>(pass.view.eye[1]),
             static_cast<float>(pass.view.eye[2])});
  const Vec3 towards_eye = Normalized(Minus(eye, position));
  const FloatVec eye_cosine = Dot(normal, towards_eye);
  const FloatVec two = hn::Set(d, 2.0F);
  Vec3 matte = Splat({item.emission, item.emission, item.emission});
  Vec3 gloss = Splat({0, 0, 0});
  for (size_t i = 0; i < pass.lights.size(); ++i) {
    const DrawLight& light = pass.lights[i];
    const auto [towards, attenuation] = FactorsOf(light, cutoff_cosines[i], position);
    const FloatVec light_cosine = Dot(normal, towards);
    const FloatVec diffuse = hn::Mul(attenuation, hn::Max(light_cosine, hn::Zero(d)));
    matte = Plus(matte, Plus(Times(Splat(light.ambient), attenuation),
                             Times(Splat(light.diffuse), diffuse)));
    const auto is_lit = hn::Gt(diffuse, hn::Zero(d));
    if (item.specular == 0 || hn::AllFalse(d, is_lit)) continue;
    // (n·h)^e = ((n·h)²)^(e/2), and (n·h)² = (n·l + n·v)²/(2 + 2 l·v)
    const FloatVec sum = hn::Max(hn::Add(light_cosine, eye_cosine), hn::Zero(d));
    const FloatVec square =
        hn::Max(hn::Add(two, hn::Mul(two, Dot(towards, towards_eye))), hn::Set(d, 1e-12F));
    const FloatVec shine = Power(d, hn::Div(hn::Mul(sum, sum), square), 64 * item.shininess);
    const FloatVec specular = hn::IfThenElseZero(is_lit, hn::Mul(attenuation, shine));
    gloss = Plus(gloss, Times(Splat(light.specular), specular));
  }
  const FloatVec specular = hn::Set(d, item.specular);
  const auto channel = [&](float color, FloatVec m, FloatVec g) {
    const FloatVec total =
        hn::Add(hn::Mul(hn::Set(d, color * pass.color_scale), m), hn::Mul(specular, g));
    return hn::Min(hn::Max(total, hn::Zero(d)), hn::Set(d, 1.0F));
  };
  return {channel(item.rgba[0], matte.x, gloss.x), channel(item.rgba[1], matte.y, gloss.y),
          channel(item.rgba[2], matte.z, gloss.z)};
}

// Texture coordinates s, t and r.
HWY_INLINE Vec3 TextureCoord(const DrawItem& item, const Vec3& object, size_t first_attribute,
                             IntVec attribute) {
  const FloatTag d;
  const auto& scale = item.texture_scale;
  const FloatVec half = hn::Set(d, 0.5F);
  switch (item.mapping) {
    case TextureMapping::kMesh:
      return {hn::GatherIndex(d, item.mesh->u.data() + first_attribute, attribute),
              hn::GatherIndex(d, item.mesh->v.data() + first_attribute, attribute), hn::Zero(d)};
    case TextureMapping::kPlanar:
      return {hn::Sub(hn::Mul(hn::Set(d, scale[0]), object.x), half),
              hn::Sub(hn::Mul(hn::Set(d, scale[1]), object.y), half), hn::Zero(d)};
    case TextureMapping::kCube:
      return {hn::Mul(hn::Set(d, scale[0]), object.x), hn::Mul(hn::Set(d, scale[1]), object.y),
              hn::Mul(hn::Set(d, scale[2]), object.z)};
    case TextureMapping::kNone:
      break;
  }
  return Splat({0, 0, 0});
}

// The attributes of a cluster that are lit, and where they are.
struct LitAttributes {
  int num = 0;
  alignas(64) uint8_t attribute[kClusterAttributes + kTriangleBatch];
  alignas(64) uint8_t position[kClusterAttributes + kTriangleBatch];
};

// Lists the corners of visible triangles once each; numbers[attribute] is the place in the list.
HWY_INLINE void ListAttributes(const ClusterMesh& mesh, const Cluster& cluster, uint64_t triangles,
                               uint8_t* numbers, LitAttributes& list) {
  bool is_listed[kClusterAttributes] = {};
  list.num = 0;
  for (; triangles != 0; triangles &= triangles - 1) {
    const size_t t = cluster.first_triangle + static_cast<size_t>(std::countr_zero(triangles));
    for (const auto& corner : mesh.corner_attribute) {
      const uint8_t attribute = corner[t];
      if (is_listed[attribute]) continue;
      is_listed[attribute] = true;
      numbers[attribute] = static_cast<uint8_t>(list.num);
      list.attribute[list.num] = attribute;
      list.position[list.num] = mesh.attribute_position[cluster.first_attribute + attribute];
      ++list.num;
    }
  }
  // whole vectors
  for (int i = list.num; i % kTriangleBatch != 0; ++i) {
    list.attribute[i] = list.attribute[0];
    list.position[i] = list.position[0];
  }
}

// Lights the listed vertices of one cluster.
void LightCluster(const ShadingPass& pass, size_t slot, const LitAttributes& list,
                  LitVertices& vertices) {
  const FloatTag d;
  const Cluster& cluster = *pass.clusters.cluster[slot];
  const DrawItem& item = pass.items[pass.clusters.item[slot]];
  const ClusterMesh& mesh = *item.mesh;
  const float* world = item.object_to_world.data();
  const auto& n = item.normal_to_world;
  const size_t attributes = cluster.first_attribute;
  const float* x = pass.clusters.x.data() + slot * kClusterPositions;
  const float* y = pass.clusters.y.data() + slot * kClusterPositions;
  const float* w = pass.clusters.w.data() + slot * kClusterPositions;
  for (int i = 0; i < list.num; i += kLanes) {
    const IntVec attribute = LoadIndices(list.attribute + i);
    const IntVec at = LoadIndices(list.position + i);
    const Vec3 object = {Lookup(d, mesh.x.data() + cluster.first_position, at),
                         Lookup(d, mesh.y.data() + cluster.first_position, at),
                         Lookup(d, mesh.z.data() + cluster.first_position, at)};
    const Vec3 position = {AffineRow(world, object.x, object.y, object.z),
                           AffineRow(world + 4, object.x, object.y, object.z),
                           AffineRow(world + 8, object.x, object.y, object.z)};
    const Vec3 normal = {hn::GatherIndex(d, mesh.nx.data() + attributes, attribute),
                         hn::GatherIndex(d, mesh.ny.data() + attributes, attribute),
                         hn::GatherIndex(d, mesh.nz.data() + attributes, attribute)};
    const Vec3 world_normal =
        Normalized({Dot(Splat({n[0], n[1], n[2]}), normal), Dot(Splat({n[3], n[4], n[5]}), normal),
                    Dot(Splat({n[6], n[7], n[8]}), normal)});
    const Vec3 color = Light(pass, vertices.cutoff_cosines.data(), item, position, world_normal);
    const Vec3 coord = TextureCoord(item, object, attributes, attribute);
    const size_t vertex = vertices.first[slot] + static_cast<size_t>(i);
    hn::StoreInterleaved4(Lookup(d, x, at), Lookup(d, y, at), Lookup(d, w, at), color.x, d,
                          vertices.position_red.data() + 4 * vertex);
    hn::StoreInterleaved4(color.y, color.z, coord.x, coord.y, d,
                          vertices.color_coord.data() + 4 * vertex);
    hn::StoreU(coord.z, d, vertices.third_coord.data() + vertex);
  }
}

void LightClusters(const ShadingPass& pass, std::span<const uint64_t> visible_triangles,
                   LitVertices& vertices) {
  LitAttributes list;
  for (size_t slot = 0; slot < visible_triangles.size(); ++slot) {
    if (visible_triangles[slot] == 0) continue;
    const Cluster& cluster = *pass.clusters.cluster[slot];
    vertices.first[slot] = static_cast<uint32_t>(vertices.num_vertices);
    ListAttributes(*pass.items[pass.clusters.item[slot]].mesh, cluster, visible_triangles[slot],
                   vertices.numbers.data() + vertices.first_number[slot], list);
    vertices.num_vertices += static_cast<size_t>(list.num);
    vertices.MakeRoom();
    LightCluster(pass, slot, list, vertices);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace libero {

HWY_EXPORT(LightClusters);

void LitVertices::MakeRoom() {
  const size_t room = num_vertices + kTriangleBatch;  // vectors are stored whole
  if (third_coord.size() >= room) return;
  position_red.resize(8 * room);
  color_coord.resize(8 * room);
  third_coord.resize(2 * room);
}

void LightVertices(const ShadingPass& pass, std::span<const uint64_t> visible_triangles,
                   LitVertices& vertices) {
  vertices.first.resize(visible_triangles.size());
  vertices.first_number.resize(visible_triangles.size());
  vertices.num_vertices = 0;
  vertices.cutoff_cosines.clear();
  for (const DrawLight& light : pass.lights) {
    const double cutoff = light.cutoff * std::numbers::pi / 180;
    vertices.cutoff_cosines.push_back(static_cast<float>(std::cos(cutoff)));
  }
  uint32_t num_numbers = 0;
  for (size_t slot = 0; slot < visible_triangles.size(); ++slot) {
    vertices.first_number[slot] = num_numbers;
    if (visible_triangles[slot] != 0) num_numbers += pass.clusters.cluster[slot]->num_attributes;
  }
  if (vertices.numbers.size() < num_numbers) vertices.numbers.resize(num_numbers);
  HWY_DYNAMIC_DISPATCH(LightClusters)(pass, visible_triangles, vertices);
}

}  // namespace libero
#endif  // HWY_ONCE
