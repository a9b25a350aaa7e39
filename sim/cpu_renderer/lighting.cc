#include "sim/cpu_renderer/lighting.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/cpu_renderer/lighting.cc"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
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

// Whether Mesa computes a light's attenuation.
bool IsAttenuated(const DrawLight& light) {
  return !light.directional &&
         (light.cutoff < 180 || light.attenuation != std::array<float, 3>{1, 0, 0});
}

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
    const FloatVec shine = item.shininess == 0 && IsAttenuated(light)
                               ? PowerOfItself(d, hn::Max(light_cosine, hn::Zero(d)))
                               : Power(d, hn::Div(hn::Mul(sum, sum), square), 64 * item.shininess);
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
HWY_INLINE Vec3 TextureCoord(const DrawItem& item, const Vec3& object, const int32_t* attributes) {
  const FloatTag d;
  const auto& scale = item.texture_scale;
  const FloatVec half = hn::Set(d, 0.5F);
  switch (item.mapping) {
    case TextureMapping::kMesh: {
      const float* coords = item.mesh->texcoords.data()->data();
      const IntVec at = hn::ShiftLeft<1>(hn::Load(IntTag(), attributes));
      return {hn::GatherIndex(d, coords, at), hn::GatherIndex(d, coords + 1, at), hn::Zero(d)};
    }
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

// The attributes of a cluster that are lit: their numbers in the mesh.
struct LitAttributes {
  int num = 0;
  alignas(64) int32_t attributes[kClusterAttributes + kTriangleBatch];
};

// Lists the corners of visible triangles once each, fills the triangles' words of
// LitVertices::corners, and fetches from memory what is about to be read.
HWY_INLINE void ListAttributes(const ClusterMesh& mesh, const Cluster& cluster, uint64_t triangles,
                               uint32_t* corners, LitAttributes& list) {
  constexpr uint8_t kNone = 255;
  uint8_t numbers[kClusterAttributes];
  std::fill_n(numbers, kClusterAttributes, kNone);
  const auto* triangle_corners = mesh.corner_attributes.data() + cluster.first_triangle;
  const float* normals = mesh.normals.data()->data();
  const float* texcoords = mesh.texcoords.empty() ? nullptr : mesh.texcoords.data()->data();
  int num = 0;
  for (; triangles != 0; triangles &= triangles - 1) {
    const int t = std::countr_zero(triangles);
    uint32_t packed = 0;
    for (size_t k = 0; k < 3; ++k) {
      const uint8_t attribute = triangle_corners[t][k];
      const int32_t at = static_cast<int32_t>(cluster.first_attribute + attribute);
      const bool is_new = numbers[attribute] == kNone;
      const auto number = static_cast<uint8_t>(is_new ? num : numbers[attribute]);
      numbers[attribute] = number;
      list.attributes[num] = at;
      num += static_cast<int>(is_new);
      packed |= uint32_t{number} << (8 * k);
      hwy::Prefetch(normals + 4 * static_cast<ptrdiff_t>(at));
      if (texcoords != nullptr) hwy::Prefetch(texcoords + 2 * static_cast<ptrdiff_t>(at));
    }
    corners[t] = packed;
  }
  list.num = num;
  for (; num % kTriangleBatch != 0; ++num) list.attributes[num] = list.attributes[0];
}

// Lights the listed vertices of a cluster, which become the last ones.
void LightCluster(const ShadingPass& pass, const DrawItem& item, const ItemView& view,
                  const Cluster& cluster, const LitAttributes& list, LitVertices& vertices) {
  const FloatTag d;
  const IntTag di;
  const ClusterMesh& mesh = *item.mesh;
  const float* world = item.object_to_world.data();
  const float* picture = view.to_pixel.data();
  const auto& n = item.normal_to_world;
  const float* x = mesh.x.data() + cluster.first_position;
  const float* y = mesh.y.data() + cluster.first_position;
  const float* z = mesh.z.data() + cluster.first_position;
  for (int i = 0; i < list.num; i += kLanes) {
    FloatVec row[4];
    LoadColumns(mesh.normals.data()->data(), list.attributes + i, row);
    const IntVec at = hn::ConvertTo(di, row[3]);
    const Vec3 object = {Lookup(d, x, at), Lookup(d, y, at), Lookup(d, z, at)};
    const Vec3 position = {AffineRow(world, object.x, object.y, object.z),
                           AffineRow(world + 4, object.x, object.y, object.z),
                           AffineRow(world + 8, object.x, object.y, object.z)};
    const Vec3 normal = {row[0], row[1], row[2]};
    const Vec3 world_normal =
        Normalized({Dot(Splat({n[0], n[1], n[2]}), normal), Dot(Splat({n[3], n[4], n[5]}), normal),
                    Dot(Splat({n[6], n[7], n[8]}), normal)});
    const Vec3 color = Light(pass, vertices.cutoff_cosines.data(), item, position, world_normal);
    const Vec3 coord = TextureCoord(item, object, list.attributes + i);
    const size_t vertex = vertices.num_vertices + static_cast<size_t>(i);
    hn::StoreInterleaved4(AffineRow(picture, object.x, object.y, object.z),
                          AffineRow(picture + 4, object.x, object.y, object.z),
                          AffineRow(picture + 8, object.x, object.y, object.z), color.x, d,
                          vertices.position_red.data() + 4 * vertex);
    hn::StoreInterleaved4(color.y, color.z, coord.x, coord.y, d,
                          vertices.color_coord.data() + 4 * vertex);
    hn::StoreU(coord.z, d, vertices.third_coord.data() + vertex);
  }
  vertices.num_vertices += static_cast<size_t>(list.num);
}

// Fetches what ListAttributes and LightCluster read of a cluster.
HWY_INLINE void FetchCluster(const ClusterMesh& mesh, const Cluster& cluster) {
  constexpr ptrdiff_t kLine = 64;  // bytes
  const uint8_t* corners = mesh.corner_attributes[cluster.first_triangle].data();
  for (ptrdiff_t i = 0; i < 3 * cluster.num_triangles; i += kLine) hwy::Prefetch(corners + i);
  constexpr ptrdiff_t kLineFloats = kLine / static_cast<ptrdiff_t>(sizeof(float));
  for (const auto* axis : {&mesh.x, &mesh.y, &mesh.z}) {
    for (ptrdiff_t i = 0; i < kClusterPositions; i += kLineFloats) {
      hwy::Prefetch(axis->data() + cluster.first_position + i);
    }
  }
}

// Lists the attributes of a cluster before the last one is lit, so that they are there in time.
void LightSlots(const ShadingPass& pass, const DrawItem& item, size_t first_slot,
                std::span<const uint64_t> visible_triangles, LitVertices& vertices) {
  const ItemView view = MakeItemView(pass.view, item);
  LitAttributes lists[2];
  size_t num = 0;
  const Cluster* last = nullptr;
  const auto light_last = [&]() HWY_ATTR {
    LitAttributes& list = lists[(num - 1) % 2];
    LightCluster(pass, item, view, *last, list, vertices);
  };
  for (size_t i = 0; i < visible_triangles.size(); ++i) {
    if (visible_triangles[i] == 0) continue;
    const Cluster& cluster = *pass.clusters.cluster[first_slot + i];
    if (i + 1 < visible_triangles.size()) {
      FetchCluster(*item.mesh, *pass.clusters.cluster[first_slot + i + 1]);
    }
    LitAttributes& list = lists[num % 2];
    ListAttributes(*item.mesh, cluster, visible_triangles[i],
                   vertices.corners.data() + (i << kTriangleBits), list);
    if (num != 0) light_last();
    vertices.first_vertex[i] = static_cast<uint32_t>(vertices.num_vertices);
    vertices.MakeRoom(static_cast<size_t>(list.num));
    last = &cluster;
    ++num;
  }
  if (num != 0) light_last();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace libero {

HWY_EXPORT(LightSlots);

void LitVertices::MakeRoom(size_t num) {
  const size_t room = num_vertices + num + kTriangleBatch;  // vectors are stored whole
  if (third_coord.size() >= room) return;
  position_red.resize(8 * room);
  color_coord.resize(8 * room);
  third_coord.resize(2 * room);
}

void LightVertices(const ShadingPass& pass, size_t item,
                   std::span<const uint64_t> visible_triangles, LitVertices& vertices) {
  const auto slots = pass.clusters.item.begin();
  const auto [first, end] =
      std::equal_range(slots, slots + static_cast<ptrdiff_t>(pass.clusters.num_slots), item);
  const auto first_slot = static_cast<size_t>(first - slots);
  const auto num_slots = static_cast<size_t>(end - first);
  vertices.num_vertices = 0;
  vertices.first_id = static_cast<TriangleId>((first_slot + 1) << kTriangleBits);
  if (vertices.first_vertex.size() < num_slots) {
    vertices.first_vertex.resize(num_slots);
    vertices.corners.resize(num_slots << kTriangleBits);
  }
  vertices.cutoff_cosines.clear();
  for (const DrawLight& light : pass.lights) {
    const double cutoff = light.cutoff * std::numbers::pi / 180;
    vertices.cutoff_cosines.push_back(static_cast<float>(std::cos(cutoff)));
  }
  HWY_DYNAMIC_DISPATCH(LightSlots)
  (pass, pass.items[item], first_slot, visible_triangles.subspan(first_slot, num_slots), vertices);
}

}  // namespace libero
#endif  // HWY_ONCE
