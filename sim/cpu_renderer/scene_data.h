#pragma once

#include <memory>
#include <vector>

#include <mujoco/mujoco.h>

#include "sim/cpu_renderer/cluster_mesh.h"
#include "sim/cpu_renderer/texture.h"
#include "sim/cpu_renderer/texture_cache.h"

namespace libero {

// Meshes and textures of one model, in the form that frames are drawn from; immutable and shared
// by all renderers of the model.
class SceneData {
 public:
  // Takes 0.1–0.5 s. Only meshes and textures are prepared that may be seen: those of geoms of
  // other groups than 0 whose alpha is not 0, and of sites. `model` must outlive this; its
  // geometry, materials and textures must stay as they are. Throws Error for a texture that has not
  // 3 or 4 channels.
  SceneData(const mjModel& model, TextureCache& textures);

  // The shapes of a scene's geom; see TessellateBox and so on. Null where none was prepared.
  [[nodiscard]] const ClusterMesh* mesh(int mesh_id) const;
  [[nodiscard]] const ClusterMesh* plane(int plane_index) const;  // mjvGeom::dataid of planes
  [[nodiscard]] const ClusterMesh& unit_plane() const { return unit_plane_; }
  [[nodiscard]] const ClusterMesh& box() const { return box_; }
  [[nodiscard]] const ClusterMesh& sphere() const { return sphere_; }
  [[nodiscard]] const ClusterMesh& sphere_top() const { return sphere_top_; }
  [[nodiscard]] const ClusterMesh& sphere_bottom() const { return sphere_bottom_; }
  [[nodiscard]] const ClusterMesh& cylinder() const { return cylinder_; }
  [[nodiscard]] const ClusterMesh& open_cylinder() const { return open_cylinder_; }

  // The colour texture of a material (>= 0), or null.
  [[nodiscard]] const Texture* material_texture(int material_id) const;

  // The model's first texture of type skybox, or null. A model without materials has it white, as
  // MuJoCo draws it.
  [[nodiscard]] const Texture* skybox() const { return skybox_.get(); }

  [[nodiscard]] const mjModel& model() const { return *model_; }

 private:
  void AddGeom(int geom_id, TextureCache& textures);
  void AddMesh(int mesh_id);
  void AddMaterial(int material_id, TextureCache& textures);
  void AddSkybox(TextureCache& textures);

  const mjModel* model_;
  std::vector<std::shared_ptr<const ClusterMesh>> meshes_;  // (nmesh); equal ones are one
  std::vector<std::unique_ptr<ClusterMesh>> planes_;        // (geoms of type plane)
  ClusterMesh unit_plane_, box_, sphere_, sphere_top_, sphere_bottom_, cylinder_, open_cylinder_;
  std::vector<std::shared_ptr<const Texture>> textures_;  // (ntex)
  std::shared_ptr<const Texture> skybox_;
};

}  // namespace libero
