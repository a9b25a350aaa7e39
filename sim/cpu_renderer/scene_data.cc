#include "sim/cpu_renderer/scene_data.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "sim/base/check.h"
#include "sim/cpu_renderer/tessellation.h"

namespace libero {
namespace {

// Whether a geom's alpha lets it be drawn; as mjv_updateScene mixes material and geom.
bool HasAlpha(const mjModel& model, int geom_id) {
  const float* rgba = model.geom_rgba + 4 * static_cast<ptrdiff_t>(geom_id);
  const int material = model.geom_matid[geom_id];
  const bool is_default = rgba[0] == 0.5F && rgba[1] == 0.5F && rgba[2] == 0.5F && rgba[3] == 1;
  if (material >= 0 && is_default) return model.mat_rgba[4 * material + 3] != 0;
  return rgba[3] != 0;
}

// Group 0 is for collisions only; see Renderer.
bool IsVisible(const mjModel& model, int geom_id) {
  return model.geom_group[geom_id] > 0 && HasAlpha(model, geom_id);
}

// The texture of a material's colour; -1: none.
int TextureId(const mjModel& model, int material_id) {
  return model.mat_texid[mjNTEXROLE * material_id + mjTEXROLE_RGB];
}

// Throws Error for pictures that MuJoCo's renderer cannot show either.
TextureSource Source(const mjModel& model, int texture_id) {
  const int channels = model.tex_nchannel[texture_id];
  const bool is_2d = model.tex_type[texture_id] == mjTEXTURE_2D;
  if (is_2d ? channels != 3 && channels != 4 : channels < 3) {
    const char* name = mj_id2name(&model, mjOBJ_TEXTURE, texture_id);
    throw Error(fmt::format("texture '{}' has {} channels, which cannot be drawn",
                            name == nullptr ? "" : name, channels));
  }
  TextureSource source;
  source.width = model.tex_width[texture_id];
  source.height = model.tex_height[texture_id];
  source.num_channels = channels;
  source.texels = model.tex_data + model.tex_adr[texture_id];
  if (is_2d) return source;
  source.repeats_face = source.width == source.height;
  source.height = source.width;
  source.num_channels = 3;  // whatever the model says
  source.num_faces = 6;
  return source;
}

// Whether rows from `a` and from `b` of an array with `width` columns are bitwise the same.
template <typename T>
bool IsSame(const T* values, int width, int a, int b, int num_rows) {
  const auto row = [&](int i) {
    return values + static_cast<ptrdiff_t>(width) * i;
  };
  const size_t num_values = static_cast<size_t>(width) * static_cast<size_t>(num_rows);
  return std::memcmp(row(a), row(b), num_values * sizeof(T)) == 0;
}

// Whether two meshes have the same triangles, normals and texture coordinates.
bool IsSameMesh(const mjModel& m, int a, int b) {
  if (m.mesh_facenum[a] != m.mesh_facenum[b] || m.mesh_vertnum[a] != m.mesh_vertnum[b] ||
      m.mesh_normalnum[a] != m.mesh_normalnum[b] ||
      m.mesh_texcoordnum[a] != m.mesh_texcoordnum[b] ||
      (m.mesh_texcoordadr[a] < 0) != (m.mesh_texcoordadr[b] < 0)) {
    return false;
  }
  const auto is_same = [&](const auto* values, int width, const int* address, const int* count) {
    return IsSame(values, width, address[a], address[b], count[a]);
  };
  return is_same(m.mesh_vert, 3, m.mesh_vertadr, m.mesh_vertnum) &&
         is_same(m.mesh_normal, 3, m.mesh_normaladr, m.mesh_normalnum) &&
         is_same(m.mesh_face, 3, m.mesh_faceadr, m.mesh_facenum) &&
         is_same(m.mesh_facenormal, 3, m.mesh_faceadr, m.mesh_facenum) &&
         (m.mesh_texcoordadr[a] < 0 ||
          (is_same(m.mesh_texcoord, 2, m.mesh_texcoordadr, m.mesh_texcoordnum) &&
           is_same(m.mesh_facetexcoord, 3, m.mesh_faceadr, m.mesh_facenum)));
}

}  // namespace

SceneData::SceneData(const mjModel& model, TextureCache& textures)
    : model_(&model),
      meshes_(static_cast<size_t>(model.nmesh)),
      textures_(static_cast<size_t>(model.ntex)) {
  const int quads = model.vis.quality.numquads;
  const int slices = model.vis.quality.numslices;
  const int stacks = model.vis.quality.numstacks;
  unit_plane_ = MakeClusterMesh(TessellatePlane(quads));
  box_ = MakeClusterMesh(TessellateBox(quads));
  sphere_ = MakeClusterMesh(TessellateSphere(slices, stacks));
  sphere_top_ = MakeClusterMesh(TessellateHalfSphere(1, slices, stacks));
  sphere_bottom_ = MakeClusterMesh(TessellateHalfSphere(-1, slices, stacks));
  cylinder_ = MakeClusterMesh(TessellateCylinder(slices, stacks));
  open_cylinder_ = MakeClusterMesh(TessellateOpenCylinder(slices, stacks));
  for (int i = 0; i < model.ngeom; ++i) AddGeom(i, textures);
  for (int i = 0; i < model.nsite; ++i) AddMaterial(model.site_matid[i], textures);
  AddSkybox(textures);
}

void SceneData::AddGeom(int geom_id, TextureCache& textures) {
  const int type = model_->geom_type[geom_id];
  const bool is_visible = IsVisible(*model_, geom_id);
  if (type == mjGEOM_PLANE) {
    planes_.push_back(nullptr);  // hidden ones are counted too
    if (is_visible) {
      planes_.back() =
          std::make_unique<ClusterMesh>(MakeClusterMesh(TessellatePlaneGeom(*model_, geom_id)));
    }
  }
  if (!is_visible) return;
  AddMaterial(model_->geom_matid[geom_id], textures);
  const int mesh_id = model_->geom_dataid[geom_id];
  if ((type != mjGEOM_MESH && type != mjGEOM_SDF) || mesh_id < 0) return;
  AddMesh(mesh_id);
}

// Several objects of one kind have meshes of several names and the same content.
void SceneData::AddMesh(int mesh_id) {
  auto& mesh = meshes_[static_cast<size_t>(mesh_id)];
  if (mesh != nullptr) return;
  for (int other = 0; other < model_->nmesh; ++other) {
    const auto& made = meshes_[static_cast<size_t>(other)];
    if (made != nullptr && IsSameMesh(*model_, mesh_id, other)) {
      mesh = made;
      return;
    }
  }
  mesh = std::make_shared<ClusterMesh>(MakeClusterMesh(TessellateMesh(*model_, mesh_id)));
}

void SceneData::AddMaterial(int material_id, TextureCache& textures) {
  const int texture_id = material_id < 0 ? -1 : TextureId(*model_, material_id);
  if (texture_id < 0) return;
  auto& texture = textures_[static_cast<size_t>(texture_id)];
  if (texture == nullptr) texture = textures.Get(Source(*model_, texture_id));
}

void SceneData::AddSkybox(TextureCache& textures) {
  for (int i = 0; i < model_->ntex; ++i) {
    if (model_->tex_type[i] != mjTEXTURE_SKYBOX) continue;
    // a model without materials has its sky white: MuJoCo lists the sky among the materials
    constexpr std::array<uint8_t, 3> kWhite = {255, 255, 255};
    const TextureSource white = {
        .width = 1, .height = 1, .num_faces = 6, .repeats_face = true, .texels = kWhite.data()};
    skybox_ = textures.Get(model_->nmat > 0 ? Source(*model_, i) : white);
    return;
  }
}

const ClusterMesh* SceneData::mesh(int mesh_id) const {
  const auto i = static_cast<size_t>(mesh_id);
  return mesh_id >= 0 && i < meshes_.size() ? meshes_[i].get() : nullptr;
}

const ClusterMesh* SceneData::plane(int plane_index) const {
  const auto i = static_cast<size_t>(plane_index);
  return plane_index >= 0 && i < planes_.size() ? planes_[i].get() : nullptr;
}

const Texture* SceneData::material_texture(int material_id) const {
  const int texture_id = TextureId(*model_, material_id);
  return texture_id < 0 ? nullptr : textures_[static_cast<size_t>(texture_id)].get();
}

}  // namespace libero
