#include "sim/cpu_renderer/draw_list.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace libero {
namespace {

// What is not drawn.
enum class Feature {
  kArrows,
  kLines,
  kTriangles,
  kFlexes,
  kSkins,
  kHeightFields,
  kConvexHulls,
  kOtherGeoms,
  kHiddenGeoms,
  kLabels,
  kShadows,
  kFog,
  kHaze,
  kWireframe,
  kAdditive,
  kTwoSided,
  kSegments,
  kStereo,
  kOrthographic,
  kTransform,
  kFrame,
  kCount
};
constexpr std::array<const char*, static_cast<size_t>(Feature::kCount)> kFeatureNames = {
    "arrows",
    "lines",
    "triangles",
    "flexes",
    "skins",
    "height fields",
    "convex hulls",
    "geoms of unknown type",
    "geoms of group 0",
    "labels",
    "shadows",
    "fog",
    "haze",
    "wireframes",
    "additive transparency",
    "back faces",
    "colours of segments",
    "stereo",
    "orthographic cameras",
    "scaled or moved scenes",
    "frames around pictures",
};

// The geom type of something that is not drawn.
Feature TypeFeature(int type) {
  switch (type) {
    case mjGEOM_HFIELD:
      return Feature::kHeightFields;
    case mjGEOM_ARROW:
    case mjGEOM_ARROW1:
    case mjGEOM_ARROW2:
      return Feature::kArrows;
    case mjGEOM_LINE:
    case mjGEOM_LINEBOX:
      return Feature::kLines;
    case mjGEOM_TRIANGLE:
      return Feature::kTriangles;
    case mjGEOM_FLEX:
      return Feature::kFlexes;
    case mjGEOM_SKIN:
      return Feature::kSkins;
    case mjGEOM_LABEL:
      return Feature::kLabels;
    default:
      return Feature::kOtherGeoms;
  }
}

std::array<float, 3> Copy3(const float* v) {
  return {v[0], v[1], v[2]};
}

// The frame of a geom, as OpenGL's matrix: columns x, y, z and the origin.
struct Frame {
  std::array<float, 3> x{}, y{}, z{}, origin{};

  explicit Frame(const mjvGeom& geom)
      : x{geom.mat[0], geom.mat[3], geom.mat[6]},
        y{geom.mat[1], geom.mat[4], geom.mat[7]},
        z{geom.mat[2], geom.mat[5], geom.mat[8]},
        origin(Copy3(geom.pos)) {}

  void Scale(float sx, float sy, float sz) {
    for (size_t i = 0; i < 3; ++i) {
      x[i] *= sx;
      y[i] *= sy;
      z[i] *= sz;
    }
  }
  void MoveAlongZ(float distance) {
    for (size_t i = 0; i < 3; ++i) origin[i] += distance * z[i];
  }
  [[nodiscard]] Affine ToAffine() const {
    return {x[0], y[0], z[0], origin[0], x[1], y[1], z[1], origin[1], x[2], y[2], z[2], origin[2]};
  }
};

std::array<float, 3> Cross(const std::array<float, 3>& a, const std::array<float, 3>& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// Whether the eye is on the back of the plane through `position`; `mat` has its normal as z.
bool IsBehind(const std::array<float, 3>& eye, const float* position, const float* mat) {
  return (eye[0] - position[0]) * mat[2] + (eye[1] - position[1]) * mat[5] +
             (eye[2] - position[2]) * mat[8] <
         0;
}

// The radius of a geom's sphere. source: mujoco@3.3.2:src/engine/engine_vis_init.c (mjv_rbound)
float BoundingRadius(const mjvGeom& geom) {
  if (geom.objtype == mjOBJ_GEOM) return geom.modelrbound;
  const float* s = geom.size;
  switch (geom.type) {
    case mjGEOM_SPHERE:
      return s[0];
    case mjGEOM_CAPSULE:
      return s[0] + s[2];
    case mjGEOM_CYLINDER:
      return std::sqrt(s[0] * s[0] + s[2] * s[2]);
    case mjGEOM_BOX:
      return std::sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2]);
    default:
      return std::max(s[0], std::max(s[1], s[2]));
  }
}

// What transparent geoms are sorted by.
float EyeDistance(const std::array<float, 3>& eye, const mjvGeom& geom) {
  if (geom.type == mjGEOM_PLANE) return 1E10F;
  const std::array<float, 3> d = {geom.pos[0] - eye[0], geom.pos[1] - eye[1], geom.pos[2] - eye[2]};
  const float distance = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) - BoundingRadius(geom);
  return std::isnan(distance) ? 0 : distance;  // so that all can be sorted
}

// How often a 2D texture without the mesh's coordinates repeats.
std::array<float, 2> PlanarRepeat(const mjModel& model, const mjvGeom& geom) {
  std::array<float, 2> repeat{};
  for (size_t k = 0; k < 2; ++k) {
    const float size = geom.size[k];
    repeat[k] = model.mat_texrepeat[2 * static_cast<size_t>(geom.matid) + k];
    if (size <= 0) continue;
    if (geom.dataid >= 0) {  // its positions are metres
      repeat[k] = static_cast<float>(repeat[k] / std::max(mjMINVAL, static_cast<double>(size)));
    }
    if (model.mat_texuniform[geom.matid] != 0) repeat[k] *= size;
  }
  return repeat;
}

class ListBuilder {
 public:
  ListBuilder(const mjvScene& scene, const SceneData& data, DrawList& list)
      : scene_(scene), data_(data), list_(list) {}

  void Build() {
    SetCamera();
    SetLights();
    SetGeoms();
    const bool has_sky = scene_.flags[mjRND_SKYBOX] != 0;
    list_.skybox = has_sky ? data_.skybox() : nullptr;
    CheckOptions();
  }

  void NameMissing(std::string& names) const {
    names.clear();
    for (size_t i = 0; i < kFeatureNames.size(); ++i) {
      if ((missing_ >> i & 1) == 0) continue;
      if (!names.empty()) names += ", ";
      names += kFeatureNames[i];
    }
  }

 private:
  [[nodiscard]] std::span<const mjvGeom> geoms() const {
    return {scene_.geoms, static_cast<size_t>(scene_.ngeom)};
  }
  void AddMissing(Feature feature) { missing_ |= 1U << static_cast<unsigned>(feature); }
  void AddMissing(bool is_missing, Feature feature) {
    if (is_missing) AddMissing(feature);
  }

  void SetCamera();
  void SetLights();
  void AddLight(const mjvLight& light);
  void SetGeoms();
  void SetReflector(const mjvGeom& geom, DrawItem& item);
  void CheckOptions();
  void CheckHaze();

  // Appends the items of a geom.
  void AddGeom(const mjvGeom& geom, std::vector<DrawItem>& items);
  DrawItem& AddItem(const mjvGeom& geom, const ClusterMesh& mesh, const Frame& frame,
                    std::vector<DrawItem>& items);
  void AddCapsule(const mjvGeom& geom, Frame frame, std::vector<DrawItem>& items);
  void AddPlane(const mjvGeom& geom, Frame frame, std::vector<DrawItem>& items);
  void AddMesh(const mjvGeom& geom, const Frame& frame, std::vector<DrawItem>& items);
  void SetTexture(const mjvGeom& geom, DrawItem& item);

  // The mesh of a geom that is no more than a scaled shape, or null.
  [[nodiscard]] const ClusterMesh* Shape(int type) const {
    switch (type) {
      case mjGEOM_SPHERE:
      case mjGEOM_ELLIPSOID:
        return &data_.sphere();
      case mjGEOM_CYLINDER:
        return &data_.cylinder();
      case mjGEOM_BOX:
        return &data_.box();
      default:
        return nullptr;
    }
  }

  const mjvScene& scene_;
  const SceneData& data_;
  DrawList& list_;
  uint32_t missing_ = 0;  // bits are Feature
};

void ListBuilder::SetCamera() {
  const mjvGLCamera camera = mjv_averageCamera(scene_.camera, scene_.camera + 1);
  list_.camera = {.position = Copy3(camera.pos),
                  .forward = Copy3(camera.forward),
                  .up = Copy3(camera.up),
                  .center = camera.frustum_center,
                  .width = 2 * camera.frustum_width,  // which is half of it
                  .bottom = camera.frustum_bottom,
                  .top = camera.frustum_top,
                  .near_z = camera.frustum_near,
                  .far_z = camera.frustum_far};
  AddMissing(camera.orthographic != 0, Feature::kOrthographic);
}

void ListBuilder::SetLights() {
  constexpr int kMaxLights = 8;  // that OpenGL has; it ignores calls for others
  list_.lights.clear();
  for (int i = 0; i < std::min(kMaxLights, scene_.nlight); ++i) AddLight(scene_.lights[i]);
  if (scene_.nlight > 0) return;
  // OpenGL's ambient light of the scene, which gives the same as this
  DrawLight ambient;
  ambient.direction = {0, 0, -1};
  ambient.ambient = {0.3F, 0.3F, 0.3F};
  ambient.directional = true;
  list_.lights.push_back(ambient);
}

void ListBuilder::AddLight(const mjvLight& light) {
  AddMissing(light.castshadow != 0 && scene_.flags[mjRND_SHADOW] != 0 &&
                 data_.model().vis.quality.shadowsize != 0,
             Feature::kShadows);
  DrawLight& added = list_.lights.emplace_back();
  added.position = Copy3(light.pos);
  added.direction = Copy3(light.dir);
  added.ambient = Copy3(light.ambient);
  added.diffuse = Copy3(light.diffuse);
  added.specular = Copy3(light.specular);
  added.directional = light.directional != 0;
  if (added.directional) return;
  added.attenuation = Copy3(light.attenuation);
  // OpenGL ignores values out of range
  if (light.exponent >= 0 && light.exponent <= 128) added.exponent = light.exponent;
  if (light.cutoff >= 0 && light.cutoff <= 90) added.cutoff = light.cutoff;
}

// source: mujoco@3.3.2:src/render/render_gl3.c (mjr_render)
void ListBuilder::SetGeoms() {
  const std::array<float, 3>& eye = list_.camera.position;
  const auto is_transparent = [&](const mjvGeom& geom) {
    return static_cast<double>(geom.rgba[3]) < 0.995 ||
           (geom.type == mjGEOM_PLANE && IsBehind(eye, geom.pos, geom.mat));
  };
  list_.opaque.clear();
  list_.transparent.clear();
  list_.reflector.reset();

  // the first geom that reflects comes first, and is the only one
  const auto is_reflective = [&](const mjvGeom& geom) {
    return geom.reflectance > 0 && (geom.type == mjGEOM_PLANE || geom.type == mjGEOM_BOX) &&
           !is_transparent(geom);
  };
  const auto reflective = std::ranges::find_if(geoms(), is_reflective);
  if (reflective != geoms().end()) {
    AddGeom(*reflective, list_.opaque);
    if (!list_.opaque.empty()) SetReflector(*reflective, list_.opaque.front());
  }

  // opaque ones in the scene's order, transparent ones by distance
  auto& order = list_.transparent_order;
  order.clear();
  for (const mjvGeom& geom : geoms()) {
    AddMissing(geom.label[0] != 0, Feature::kLabels);
    if (geom.rgba[3] <= 0) continue;  // blending it changes nothing; LIBERO hides sites so
    if (is_transparent(geom)) {
      order.emplace_back(EyeDistance(eye, geom), static_cast<int>(&geom - scene_.geoms));
    } else if (&geom != std::to_address(reflective)) {
      AddGeom(geom, list_.opaque);
    }
  }
  std::ranges::sort(order);
  for (const auto& [distance, index] : order) AddGeom(scene_.geoms[index], list_.transparent);
}

void ListBuilder::SetReflector(const mjvGeom& geom, DrawItem& item) {
  if (scene_.flags[mjRND_REFLECTION] == 0) return;
  Reflector reflector;
  reflector.geom_index = item.geom_index;
  reflector.position = Copy3(geom.pos);
  reflector.normal = {geom.mat[2], geom.mat[5], geom.mat[8]};
  reflector.reflectance = geom.reflectance;
  if (geom.type == mjGEOM_BOX) {  // its upper side
    for (size_t i = 0; i < 3; ++i) reflector.position[i] += geom.size[2] * reflector.normal[i];
  }
  if (IsBehind(list_.camera.position, reflector.position.data(), geom.mat)) return;
  item.reflectance = geom.reflectance;
  list_.reflector = reflector;
}

void ListBuilder::AddGeom(const mjvGeom& geom, std::vector<DrawItem>& items) {
  Frame frame(geom);
  if (const ClusterMesh* shape = Shape(geom.type); shape != nullptr) {
    frame.Scale(geom.size[0], geom.size[1], geom.size[2]);
    AddItem(geom, *shape, frame, items);
  } else if (geom.type == mjGEOM_MESH || geom.type == mjGEOM_SDF) {
    AddMesh(geom, frame, items);
  } else if (geom.type == mjGEOM_PLANE) {
    AddPlane(geom, frame, items);
  } else if (geom.type == mjGEOM_CAPSULE) {
    AddCapsule(geom, frame, items);
  } else if (geom.type != mjGEOM_NONE) {
    AddMissing(TypeFeature(geom.type));
  }
}

DrawItem& ListBuilder::AddItem(const mjvGeom& geom, const ClusterMesh& mesh, const Frame& frame,
                               std::vector<DrawItem>& items) {
  DrawItem& item = items.emplace_back();
  item.mesh = &mesh;
  item.object_to_world = frame.ToAffine();
  // columns of the inverse transpose, times the determinant
  const std::array<float, 3> nx = Cross(frame.y, frame.z);
  const std::array<float, 3> ny = Cross(frame.z, frame.x);
  const std::array<float, 3> nz = Cross(frame.x, frame.y);
  item.normal_to_world = {nx[0], ny[0], nz[0], nx[1], ny[1], nz[1], nx[2], ny[2], nz[2]};
  item.rgba = {geom.rgba[0], geom.rgba[1], geom.rgba[2], geom.rgba[3]};
  item.emission = geom.emission;
  item.specular = geom.specular;
  item.shininess = geom.shininess;
  item.object_type = geom.objtype == mjOBJ_UNKNOWN ? -1 : geom.objtype;
  item.object_id = geom.objtype == mjOBJ_UNKNOWN ? -1 : geom.objid;
  item.geom_index = static_cast<int>(&geom - scene_.geoms);
  SetTexture(geom, item);
  return item;
}

// Scales and moves as the calls of OpenGL do, one after another.
void ListBuilder::AddCapsule(const mjvGeom& geom, Frame frame, std::vector<DrawItem>& items) {
  const float* size = geom.size;
  const auto radius = static_cast<float>(0.5 * static_cast<double>(size[0] + size[1]));
  frame.Scale(size[0], size[1], size[2]);
  AddItem(geom, data_.open_cylinder(), frame, items);
  frame.Scale(1, 1, radius / size[2]);
  frame.MoveAlongZ((size[2] - radius) / radius);
  AddItem(geom, data_.sphere_top(), frame, items);
  frame.MoveAlongZ(2 * (radius - size[2]) / radius);
  AddItem(geom, data_.sphere_bottom(), frame, items);
}

void ListBuilder::AddPlane(const mjvGeom& geom, Frame frame, std::vector<DrawItem>& items) {
  const bool has_grid = geom.dataid >= 0;
  const ClusterMesh* mesh = has_grid ? data_.plane(geom.dataid) : &data_.unit_plane();
  if (mesh == nullptr) return AddMissing(Feature::kHiddenGeoms);
  if (!has_grid) frame.Scale(geom.size[0], geom.size[1], 1);
  DrawItem& item = AddItem(geom, *mesh, frame, items);
  if (!IsBehind(list_.camera.position, geom.pos, geom.mat)) return;
  item.culls_front = true;
  item.rgba[3] = static_cast<float>(static_cast<double>(item.rgba[3]) * 0.3);
}

void ListBuilder::AddMesh(const mjvGeom& geom, const Frame& frame, std::vector<DrawItem>& items) {
  if (geom.dataid < 0) return;  // nothing is drawn
  if (geom.dataid % 2 != 0) return AddMissing(Feature::kConvexHulls);
  const ClusterMesh* mesh = data_.mesh(geom.dataid / 2);
  if (mesh == nullptr) return AddMissing(Feature::kHiddenGeoms);
  AddItem(geom, *mesh, frame, items);
}

// source: mujoco@3.3.2:src/render/render_gl3.c (settexture)
void ListBuilder::SetTexture(const mjvGeom& geom, DrawItem& item) {
  if (geom.matid < 0) return;
  const mjModel& model = data_.model();
  const int texture_id = model.mat_texid[mjNTEXROLE * geom.matid + mjTEXROLE_RGB];
  if (texture_id < 0) return;
  const Texture* texture = data_.material_texture(geom.matid);
  if (texture == nullptr) return AddMissing(Feature::kHiddenGeoms);
  const bool is_2d = model.tex_type[texture_id] == mjTEXTURE_2D;
  if (geom.texcoord != 0) {
    if (!is_2d) return;  // OpenGL refuses a cube as a picture
    item.mapping = TextureMapping::kMesh;
  } else if (is_2d) {
    const std::array<float, 2> repeat = PlanarRepeat(model, geom);
    item.mapping = TextureMapping::kPlanar;
    item.texture_scale = {0.5F * repeat[0], -0.5F * repeat[1], 0};
  } else {
    const bool is_uniform = model.mat_texuniform[geom.matid] != 0;
    item.mapping = TextureMapping::kCube;
    item.texture_scale = is_uniform ? Copy3(geom.size) : std::array<float, 3>{1, 1, 1};
  }
  item.texture = texture;
}

void ListBuilder::CheckOptions() {
  const mjtByte* flags = scene_.flags;
  AddMissing(flags[mjRND_WIREFRAME] != 0, Feature::kWireframe);
  AddMissing(flags[mjRND_ADDITIVE] != 0, Feature::kAdditive);
  AddMissing(flags[mjRND_FOG] != 0, Feature::kFog);
  AddMissing(flags[mjRND_SEGMENT] != 0, Feature::kSegments);
  AddMissing(flags[mjRND_CULL_FACE] == 0, Feature::kTwoSided);
  AddMissing(scene_.stereo != mjSTEREO_NONE, Feature::kStereo);
  AddMissing(scene_.enabletransform != 0, Feature::kTransform);
  AddMissing(scene_.framewidth != 0, Feature::kFrame);
  CheckHaze();
}

// Haze hides the edge between the sky and the first plane without end.
void ListBuilder::CheckHaze() {
  if (scene_.flags[mjRND_HAZE] == 0 || list_.skybox == nullptr) return;
  const auto plane = std::ranges::find_if(geoms(), [](const mjvGeom& geom) {
    return geom.type == mjGEOM_PLANE && geom.size[0] == 0 && geom.size[1] == 0;
  });
  if (plane == geoms().end()) return;
  AddMissing(!IsBehind(list_.camera.position, plane->pos, plane->mat), Feature::kHaze);
}

}  // namespace

void MakeDrawList(const mjvScene& scene, const SceneData& data, DrawList& list,
                  std::string& unsupported) {
  ListBuilder builder(scene, data, list);
  builder.Build();
  builder.NameMissing(unsupported);
}

}  // namespace libero
