#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <mujoco/mujoco.h>

#include "sim/cpu_renderer/cluster_mesh.h"
#include "sim/cpu_renderer/scene_data.h"
#include "sim/cpu_renderer/texture.h"

namespace libero {

// Where a fragment's texture coordinates come from.
enum class TextureMapping {
  kNone,    // no texture
  kMesh,    // the mesh's u, v
  kPlanar,  // s = texture_scale[0]·x - 0.5, t = texture_scale[1]·y - 0.5 in the object frame
  kCube,    // direction texture_scale·(x, y, z) in the object frame
};

// Positions p of an object's frame become rows·(p, 1); row-major 3×4.
using Affine = std::array<float, 12>;

// One mesh to draw: a geom, or a part of one (a capsule has three). All values are exact copies of
// the geom's, so that two items that compare equal make the same pixels.
struct DrawItem {
  const ClusterMesh* mesh = nullptr;
  Affine object_to_world{};                // with the scale of primitives; keeps orientation
  std::array<float, 9> normal_to_world{};  // inverse transpose of its 3×3 part, up to a factor > 0
  std::array<float, 4> rgba{};             // as the geom has it: may be out of [0, 1]
  float emission = 0;
  float specular = 0;
  float shininess = 0;               // exponent / 128
  float reflectance = 0;             // of DrawList::reflector; else 0
  const Texture* texture = nullptr;  // null if and only if mapping is kNone
  TextureMapping mapping = TextureMapping::kNone;
  std::array<float, 3> texture_scale{};
  bool culls_front = false;  // draw back faces instead (a plane seen from behind)
  int object_type = -1;      // mjtObj; -1: decoration
  int object_id = -1;        // -1: decoration
  int geom_index = 0;        // in the scene; parts of one geom share it

  bool operator==(const DrawItem&) const = default;
};

// As in OpenGL's fixed pipeline; angles in degrees.
struct DrawLight {
  std::array<float, 3> position{};   // world, m
  std::array<float, 3> direction{};  // world, unit
  std::array<float, 3> ambient{}, diffuse{}, specular{};
  std::array<float, 3> attenuation{1, 0, 0};
  float cutoff = 180;
  float exponent = 0;
  bool directional = false;

  bool operator==(const DrawLight&) const = default;
};

// A perspective camera: eye at `position`, looking along `forward`, all in the world frame.
struct DrawCamera {
  std::array<float, 3> position{}, forward{}, up{};
  float center = 0, width = 0;  // of the whole frustum at near_z; width 0: to fit the picture
  float bottom = 0, top = 0;
  float near_z = 0, far_z = 0;  // distances of the planes along forward, m

  bool operator==(const DrawCamera&) const = default;
};

// The plane that reflects the scene; only its front shows reflections.
struct Reflector {
  int geom_index = 0;               // of the plane or box
  std::array<float, 3> position{};  // a point of the plane, world
  std::array<float, 3> normal{};    // unit
  float reflectance = 0;

  bool operator==(const Reflector&) const = default;
};

// All that a frame shows, in the order in which OpenGL draws it.
struct DrawList {
  DrawCamera camera;
  std::vector<DrawLight> lights;      // of no light: one that gives OpenGL's ambient 0.3
  std::vector<DrawItem> opaque;       // the reflecting geom comes first
  std::vector<DrawItem> transparent;  // front to back; drawn so, and then in reverse
  std::optional<Reflector> reflector;
  const Texture* skybox = nullptr;  // null: black

  // scratch of MakeDrawList: distance and index of the transparent geoms
  std::vector<std::pair<float, int>> transparent_order;
};

// Turns the scene that mjv_updateScene made to a list that replaces `list` (which keeps its
// memory). Geoms that nobody sees (alpha ≤ 0) are left out. What cannot be drawn (shadows, fog,
// height fields, ...) is left out and named once in `unsupported` ("" if there is nothing such),
// e.g. "height fields, shadows". `scene` must be of the model of `data`. Takes 10 µs for 300 geoms;
// does not allocate once the lists have grown.
//
// source: mujoco@3.3.2:src/render/render_gl3.c (mjr_render, renderGeom, settexture)
void MakeDrawList(const mjvScene& scene, const SceneData& data, DrawList& list,
                  std::string& unsupported);

}  // namespace libero
