#include "sim/cpu_renderer/scene_data.h"

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/model.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::NotNull;
using testing::ThrowsMessage;

constexpr const char* kScene = R"(<mujoco>
    <visual><quality numslices="6" numstacks="4" numquads="2"/></visual>
    <asset>
      <mesh name="seen" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/>
      <mesh name="collision" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/>
      <mesh name="invisible" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/>
      <mesh name="dim" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/>
      <texture name="picture" type="2d" builtin="checker" rgb1="1 0 0" width="8" height="4"/>
      <texture name="cube" type="cube" builtin="flat" rgb1="0 1 0" width="8" height="8"/>
      <texture name="sky" type="skybox" builtin="gradient" rgb1="0 0 1" width="4" height="24"/>
      <texture name="sky2" type="skybox" builtin="gradient" rgb1="0 0 1" width="2" height="12"/>
      <texture name="unused" type="2d" builtin="flat" rgb1="1 1 0" width="2" height="2"/>
      <material name="picture" texture="picture"/>
      <material name="cube" texture="cube"/>
      <material name="unused" texture="unused"/>
      <material name="plain"/>
      <material name="clear" rgba="1 1 1 0"/>
    </asset>
    <worldbody>
      <geom type="plane" size="1 1 1" group="0"/>
      <geom type="mesh" mesh="seen" group="1" material="picture"/>
      <geom type="mesh" mesh="seen" group="1"/>
      <geom type="mesh" mesh="collision" group="0" material="unused"/>
      <geom type="mesh" mesh="invisible" group="1" material="clear"/>
      <geom type="mesh" mesh="dim" group="2" material="clear" rgba="1 1 1 0.1"/>
      <geom type="plane" size="1 1 1" group="1"/>
      <site material="cube" rgba="1 1 1 0"/>
    </worldbody></mujoco>)";

class SceneDataTest : public testing::Test {
 protected:
  [[nodiscard]] int Id(mjtObj type, const char* name) const {
    return mj_name2id(model_.get(), type, name);
  }
  [[nodiscard]] const ClusterMesh* Mesh(const char* name) const {
    return data_.mesh(Id(mjOBJ_MESH, name));
  }
  [[nodiscard]] const Texture* MaterialTexture(const char* name) const {
    return data_.material_texture(Id(mjOBJ_MATERIAL, name));
  }

  TextureCache textures_{std::nullopt};
  MjModelPtr model_ = CompileModel(".", {.text = kScene});
  SceneData data_{*model_, textures_};
};

size_t NumTriangles(const ClusterMesh& mesh) {
  size_t result = 0;
  for (const Cluster& cluster : mesh.clusters) result += cluster.num_triangles;
  return result;
}

TEST_F(SceneDataTest, PreparesTheMeshesThatMayBeSeen) {
  ASSERT_THAT(Mesh("seen"), NotNull());
  EXPECT_EQ(NumTriangles(*Mesh("seen")), 4);
  EXPECT_THAT(Mesh("dim"), NotNull());
  EXPECT_EQ(Mesh("collision"), nullptr);
  EXPECT_EQ(Mesh("invisible"), nullptr);
  EXPECT_EQ(data_.mesh(-1), nullptr);
  EXPECT_EQ(data_.mesh(model_->nmesh), nullptr);
}

TEST_F(SceneDataTest, MeshesOfTheSameContentAreOne) {
  const MjModelPtr model = CompileModel(".", {.text = R"(<mujoco><asset>
      <mesh name="a" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/>
      <mesh name="same" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/>
      <mesh name="other" vertex="0 0 0  1 0 0  0 1 0  0 0 2"/>
    </asset><worldbody>
      <geom type="mesh" mesh="other" group="1"/>
      <geom type="mesh" mesh="a" group="1"/>
      <geom type="mesh" mesh="same" group="1"/>
    </worldbody></mujoco>)"});
  const SceneData data(*model, textures_);
  EXPECT_THAT(data.mesh(0), NotNull());
  EXPECT_EQ(data.mesh(1), data.mesh(0));
  EXPECT_NE(data.mesh(2), data.mesh(0));
}

TEST_F(SceneDataTest, CountsHiddenPlanesToo) {
  EXPECT_EQ(data_.plane(0), nullptr);
  EXPECT_THAT(data_.plane(1), NotNull());
  EXPECT_EQ(data_.plane(2), nullptr);
}

TEST_F(SceneDataTest, MakesShapesInTheModelsQuality) {
  EXPECT_EQ(NumTriangles(data_.box()), 6 * 2 * 2 * 2);
  EXPECT_EQ(NumTriangles(data_.open_cylinder()), 2 * 6 * 4);
  EXPECT_EQ(NumTriangles(data_.sphere()), 2 * (6 + 2 * 6));
  EXPECT_EQ(NumTriangles(data_.sphere_top()), 6 + 2 * 6);
}

TEST_F(SceneDataTest, PreparesTheTexturesOfGeomsAndSites) {
  ASSERT_THAT(MaterialTexture("picture"), NotNull());
  EXPECT_EQ(MaterialTexture("picture")->width, 8);
  EXPECT_EQ(MaterialTexture("picture")->height, 4);
  EXPECT_EQ(MaterialTexture("picture")->num_faces, 1);
  ASSERT_THAT(MaterialTexture("cube"), NotNull());
  EXPECT_EQ(MaterialTexture("cube")->num_faces, 6);
  EXPECT_EQ(MaterialTexture("unused"), nullptr);
  EXPECT_EQ(MaterialTexture("plain"), nullptr);
}

TEST_F(SceneDataTest, TakesTheFirstSky) {
  ASSERT_THAT(data_.skybox(), NotNull());
  EXPECT_EQ(data_.skybox()->width, 4);
  EXPECT_EQ(data_.skybox()->height, 4);
  EXPECT_EQ(data_.skybox()->num_faces, 6);
}

TEST_F(SceneDataTest, TakesTheModelsTexels) {
  const int id = Id(mjOBJ_TEXTURE, "picture");
  const mjtByte* rgb = model_->tex_data + model_->tex_adr[id];
  const uint32_t texel = MaterialTexture("picture")->levels[0].texels[0];
  EXPECT_EQ(texel & 0xFFFFFF, uint32_t{rgb[0]} | rgb[1] << 8 | rgb[2] << 16);
}

TEST_F(SceneDataTest, ScenesShareTextures) {
  const SceneData other(*model_, textures_);
  EXPECT_EQ(other.skybox(), data_.skybox());
}

TEST_F(SceneDataTest, TheSkyOfAModelWithoutMaterialsIsWhite) {
  const MjModelPtr model = CompileModel(".", {.text = R"(<mujoco><asset>
      <texture type="skybox" builtin="gradient" rgb1="0 0 1" width="4" height="24"/>
    </asset></mujoco>)"});
  const SceneData data(*model, textures_);
  ASSERT_THAT(data.skybox(), NotNull());
  EXPECT_EQ(data.skybox()->levels[0].texels[0] & 0xFFFFFF, 0xFFFFFFU);
}

TEST_F(SceneDataTest, WithoutSkyThereIsNone) {
  const MjModelPtr model = CompileModel(".", {.text = "<mujoco/>"});
  EXPECT_EQ(SceneData(*model, textures_).skybox(), nullptr);
}

TEST_F(SceneDataTest, RejectsPicturesWithoutColoursByName) {
  model_->tex_nchannel[Id(mjOBJ_TEXTURE, "picture")] = 1;
  EXPECT_THAT([&] { SceneData(*model_, textures_); },
              ThrowsMessage<Error>(HasSubstr("texture 'picture' has 1 channels")));
}

}  // namespace
}  // namespace libero
