#include "sim/cpu_renderer/draw_list.h"

#include <cmath>
#include <cstring>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/model.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr float kSingle = 1E-6F;  // all values are floats around 1

// A model, and what its camera 0 sees of it.
class Scene {
 public:
  explicit Scene(const std::string& mjcf)
      : model_(CompileModel(".", {.text = mjcf})),
        state_(mj_makeData(model_.get())),
        data_(*model_, textures_) {
    mj_forward(model_.get(), state_.get());
    mjv_defaultScene(&scene_);
    mjv_makeScene(model_.get(), &scene_, 100);
    mjv_defaultOption(&option_);
    Update();
  }
  ~Scene() { mjv_freeScene(&scene_); }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  void Update() {
    option_.geomgroup[0] = shows_group_0_;
    mjvCamera camera;
    mjv_defaultCamera(&camera);
    camera.type = mjCAMERA_FIXED;
    camera.fixedcamid = 0;
    mjv_updateScene(model_.get(), state_.get(), &option_, nullptr, &camera, mjCAT_ALL, &scene_);
  }
  void ShowGroup0() {
    shows_group_0_ = 1;
    Update();
  }

  DrawList List() {
    DrawList list;
    MakeDrawList(scene_, data_, list, unsupported_);
    return list;
  }
  [[nodiscard]] const std::string& Unsupported() {
    (void)List();
    return unsupported_;
  }

  [[nodiscard]] mjModel& model() { return *model_; }
  [[nodiscard]] mjvScene& mjv() { return scene_; }
  [[nodiscard]] mjvOption& option() { return option_; }
  [[nodiscard]] const SceneData& data() const { return data_; }

 private:
  MjModelPtr model_;
  MjDataPtr state_;
  TextureCache textures_{std::nullopt};
  SceneData data_;
  mjvScene scene_{};
  mjvOption option_{};
  mjtByte shows_group_0_ = 0;
  std::string unsupported_;
};

// A scene of these geoms and sites in front of a camera at (0, -5, 0) that looks along y.
std::string Mjcf(const std::string& bodies, const std::string& rest = "") {
  return R"(<mujoco><default><geom group="1"/></default><worldbody>
      <camera pos="0 -5 0" xyaxes="1 0 0 0 0 1"/>)" +
         bodies + "</worldbody>" + rest + "</mujoco>";
}

// The ids of the geoms and sites of items, each once, in their order.
std::vector<int> Ids(const std::vector<DrawItem>& items) {
  std::vector<int> ids;
  for (const DrawItem& item : items) ids.push_back(item.object_id);
  return ids;
}

// Where a point of an item's object frame is.
std::array<float, 3> Place(const DrawItem& item, const std::array<float, 3>& p) {
  std::array<float, 3> result{};
  for (size_t i = 0; i < 3; ++i) {
    const float* row = item.object_to_world.data() + 4 * i;
    result[i] = row[0] * p[0] + row[1] * p[1] + row[2] * p[2] + row[3];
  }
  return result;
}

void ExpectNear(const std::array<float, 3>& value, const std::array<float, 3>& expected) {
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(value[i], expected[i], kSingle) << i;
}

TEST(DrawListTest, OpaqueGeomsAreInTheScenesOrder) {
  Scene scene(Mjcf(R"(<geom size="0.1"/><geom type="box" size="0.1 0.2 0.3" pos="0 -3 0"/>
      <geom type="ellipsoid" size="0.1 0.2 0.3" rgba="1 0 0 0.995"/>
      <geom type="cylinder" size="0.1 0.2"/>)"));
  const DrawList list = scene.List();
  EXPECT_THAT(Ids(list.opaque), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(list.transparent, IsEmpty());
  EXPECT_EQ(scene.Unsupported(), "");
  EXPECT_EQ(list.opaque[0].mesh, &scene.data().sphere());
  EXPECT_EQ(list.opaque[1].mesh, &scene.data().box());
  EXPECT_EQ(list.opaque[2].mesh, &scene.data().sphere());
  EXPECT_EQ(list.opaque[3].mesh, &scene.data().cylinder());
  EXPECT_EQ(list.opaque[3].object_type, mjOBJ_GEOM);
  EXPECT_EQ(list.opaque[3].geom_index, 3);
}

TEST(DrawListTest, ItemsHaveTheirGeomsPlaceAndSize) {
  Scene scene(Mjcf(R"(<geom type="box" size="0.1 0.2 0.3" pos="1 2 3" euler="0 0 90"/>)"));
  const DrawItem box = scene.List().opaque.at(0);
  ExpectNear(Place(box, {0, 0, 0}), {1, 2, 3});
  ExpectNear(Place(box, {1, 0, 0}), {1, 2.1F, 3});
  ExpectNear(Place(box, {0, 1, 0}), {0.8F, 2, 3});
  ExpectNear(Place(box, {0, 0, -1}), {1, 2, 2.7F});
}

TEST(DrawListTest, NormalsStandUprightOnScaledSurfaces) {
  Scene scene(Mjcf(R"(<geom type="ellipsoid" size="0.1 0.4 2" euler="30 20 50"/>)"));
  const DrawItem item = scene.List().opaque.at(0);
  const auto turn = [&](const std::array<float, 3>& n) {
    std::array<float, 3> result{};
    for (size_t i = 0; i < 3; ++i) {
      for (size_t k = 0; k < 3; ++k) result[i] += item.normal_to_world[3 * i + k] * n[k];
    }
    return result;
  };
  const std::array<float, 3> normal = turn({0.6F, 0, 0.8F});
  const auto place = [&](const std::array<float, 3>& p) {
    return Place(item, p);
  };
  const std::array<float, 3> center = place({0, 0, 0});
  float along_tangent = 0;
  float outwards = 0;
  for (size_t i = 0; i < 3; ++i) {
    along_tangent += normal[i] * (place({0.8F, 0, -0.6F})[i] - center[i]);
    outwards += normal[i] * (place({0.6F, 0, 0.8F})[i] - center[i]);
  }
  EXPECT_NEAR(along_tangent, 0, kSingle);
  EXPECT_GT(outwards, 0);
}

TEST(DrawListTest, TransparentGeomsAreSortedByTheDistanceOfTheirSurface) {
  Scene scene(Mjcf(R"(<geom size="0.1" pos="0 3 0" rgba="1 0 0 0.5"/>
      <geom size="0.1" pos="0 0 0" rgba="1 0 0 0.5"/>
      <geom size="4" pos="0 2 0" rgba="1 0 0 0.994"/>
      <geom size="0.1" pos="0 1 0"/>
      <geom size="0.1" pos="0 -2 0" rgba="1 0 0 0.5"/>)"));
  const DrawList list = scene.List();
  EXPECT_THAT(Ids(list.opaque), ElementsAre(3));
  EXPECT_THAT(Ids(list.transparent), ElementsAre(4, 2, 1, 0));
}

TEST(DrawListTest, TransparentGeomsAtOneDistanceKeepTheScenesOrder) {
  std::string geoms;
  for (int i = 0; i < 40; ++i) geoms += R"(<geom size="0.1" rgba="1 0 0 0.5"/>)";
  Scene scene(Mjcf(geoms));
  const std::vector<int> ids = Ids(scene.List().transparent);
  EXPECT_THAT(ids, SizeIs(40));
  EXPECT_TRUE(std::ranges::is_sorted(ids));
}

TEST(DrawListTest, SitesThatNobodySeesAreLeftOut) {
  Scene scene(Mjcf(R"(<geom size="0.1"/><site size="0.1" rgba="1 0 0 -0.3"/>
      <site size="0.1" rgba="1 0 0 0"/><site size="0.1" rgba="1 0 0 0.3"/>)"));
  const DrawList list = scene.List();
  ASSERT_THAT(list.transparent, SizeIs(1));
  EXPECT_EQ(list.transparent[0].object_type, mjOBJ_SITE);
  EXPECT_EQ(list.transparent[0].object_id, 2);
  EXPECT_EQ(list.transparent[0].rgba[3], 0.3F);
}

TEST(DrawListTest, PlanesSeenFromBehindAreFaintAndShowTheirBack) {
  Scene scene(Mjcf(R"(<geom type="plane" size="1 1 1" pos="0 0 1"/>
      <geom type="plane" size="1 1 1" pos="0 0 -1"/><geom size="0.1" rgba="1 1 1 0.5"/>)"));
  const DrawList list = scene.List();
  ASSERT_THAT(list.opaque, SizeIs(1));
  EXPECT_EQ(list.opaque[0].object_id, 1);
  EXPECT_FALSE(list.opaque[0].culls_front);
  EXPECT_EQ(list.opaque[0].mesh, scene.data().plane(1));
  ASSERT_THAT(Ids(list.transparent), ElementsAre(2, 0));  // planes are the farthest
  EXPECT_TRUE(list.transparent[1].culls_front);
  EXPECT_EQ(list.transparent[1].rgba[3], 0.3F);
}

TEST(DrawListTest, CapsulesAreAnOpenCylinderAndTwoHalfSpheres) {
  Scene scene(Mjcf(R"(<geom type="capsule" size="0.1 0.4" pos="1 0 0"/>)"));
  const DrawList list = scene.List();
  ASSERT_THAT(list.opaque, SizeIs(3));
  EXPECT_EQ(list.opaque[0].mesh, &scene.data().open_cylinder());
  EXPECT_EQ(list.opaque[1].mesh, &scene.data().sphere_top());
  EXPECT_EQ(list.opaque[2].mesh, &scene.data().sphere_bottom());
  ExpectNear(Place(list.opaque[0], {1, 0, 1}), {1.1F, 0, 0.4F});
  ExpectNear(Place(list.opaque[1], {1, 0, 1}), {1.1F, 0, 0.4F});
  ExpectNear(Place(list.opaque[1], {0, 0, 2}), {1, 0, 0.5F});
  ExpectNear(Place(list.opaque[2], {1, 0, -1}), {1.1F, 0, -0.4F});
  ExpectNear(Place(list.opaque[2], {0, 0, -2}), {1, 0, -0.5F});
  for (const DrawItem& item : list.opaque) EXPECT_EQ(item.geom_index, 0);
}

constexpr const char* kMirrors = R"(<asset><material name="mirror" reflectance="0.25"/></asset>)";

TEST(DrawListTest, TheFirstReflectingBoxComesFirstAndReflectsWithItsTop) {
  Scene scene(Mjcf(R"(<geom size="0.1"/>
      <geom type="sphere" size="0.1" material="mirror"/>
      <geom type="box" size="1 1 0.5" pos="0 3 -2" material="mirror"/>
      <geom type="plane" size="1 1 1" pos="0 0 -3" material="mirror"/>)",
                   kMirrors));
  const DrawList list = scene.List();
  EXPECT_THAT(Ids(list.opaque), ElementsAre(2, 0, 1, 3));
  ASSERT_TRUE(list.reflector.has_value());
  EXPECT_EQ(list.reflector->geom_index, 2);
  EXPECT_EQ(list.reflector->reflectance, 0.25F);
  ExpectNear(list.reflector->position, {0, 3, -1.5F});
  ExpectNear(list.reflector->normal, {0, 0, 1});
  EXPECT_EQ(list.opaque[0].reflectance, 0.25F);
  EXPECT_EQ(list.opaque[3].reflectance, 0);
}

TEST(DrawListTest, BoxesWhoseTopIsNotSeenComeFirstAndReflectNothing) {
  Scene scene(Mjcf(R"(<geom size="0.1"/>
      <geom type="box" size="1 1 0.5" material="mirror"/>)",
                   kMirrors));
  const DrawList list = scene.List();
  EXPECT_THAT(Ids(list.opaque), ElementsAre(1, 0));
  EXPECT_FALSE(list.reflector.has_value());
  EXPECT_EQ(list.opaque[0].reflectance, 0);
}

TEST(DrawListTest, NothingReflectsWithoutTheFlag) {
  Scene scene(
      Mjcf(R"(<geom type="plane" size="1 1 1" pos="0 0 -3" material="mirror"/>)", kMirrors));
  EXPECT_TRUE(scene.List().reflector.has_value());
  scene.mjv().flags[mjRND_REFLECTION] = 0;
  EXPECT_FALSE(scene.List().reflector.has_value());
}

TEST(DrawListTest, TransparentBoxesDoNotReflect) {
  Scene scene(Mjcf(R"(<geom type="box" size="1 1 0.5" pos="0 0 -2" material="mirror"
      rgba="1 1 1 0.9"/>)",
                   kMirrors));
  EXPECT_FALSE(scene.List().reflector.has_value());
}

constexpr const char* kTextures = R"(<asset>
    <texture name="picture" type="2d" builtin="flat" width="4" height="4"/>
    <texture name="cube" type="cube" builtin="flat" width="4" height="4"/>
    <material name="picture" texture="picture" texrepeat="3 5"/>
    <material name="uniform" texture="picture" texrepeat="3 5" texuniform="true"/>
    <material name="cube" texture="cube"/>
    <material name="uniform cube" texture="cube" texuniform="true"/>
    <mesh name="bare" inertia="exact" vertex="0 0 0  2 0 0  0 2 0  0 0 2"
      face="0 2 1  0 3 2  0 1 3  1 2 3"/>
    <mesh name="painted" inertia="exact" vertex="0 0 0  2 0 0  0 2 0  0 0 2"
      face="0 2 1  0 3 2  0 1 3  1 2 3" texcoord="0 0  1 0  0 1  1 1"/>
  </asset>)";

// The only item of a scene with these attributes of a geom; its mapping and scale.
struct Mapped {
  TextureMapping mapping;
  std::array<float, 3> scale;
  bool has_texture;
};
Mapped Map(const std::string& geom) {
  Scene scene(Mjcf("<geom " + geom + "/>", kTextures));
  const DrawItem item = scene.List().opaque.at(0);
  return {item.mapping, item.texture_scale, item.texture != nullptr};
}

TEST(DrawListTest, GeomsWithoutTextureHaveNoMapping) {
  const Mapped box = Map(R"(type="box" size="2 4 1")");
  EXPECT_EQ(box.mapping, TextureMapping::kNone);
  EXPECT_FALSE(box.has_texture);
}

TEST(DrawListTest, PicturesLieFlatOnShapesBeforeTheyAreScaled) {
  const Mapped box = Map(R"(type="box" size="2 4 1" material="picture")");
  EXPECT_EQ(box.mapping, TextureMapping::kPlanar);
  EXPECT_TRUE(box.has_texture);
  EXPECT_THAT(box.scale, ElementsAre(1.5F, -2.5F, 0));
}

TEST(DrawListTest, UniformPicturesRepeatByTheMetre) {
  const Mapped box = Map(R"(type="box" size="2 4 1" material="uniform")");
  EXPECT_THAT(box.scale, ElementsAre(3, -10, 0));
}

TEST(DrawListTest, PicturesOnPlanesAndMeshesRepeatByTheirSize) {
  const Mapped plane = Map(R"(type="plane" size="2 4 1" pos="0 0 -1" material="picture")");
  EXPECT_THAT(plane.scale, ElementsAre(0.75F, -0.625F, 0));
  const Mapped uniform = Map(R"(type="plane" size="2 4 1" pos="0 0 -1" material="uniform")");
  EXPECT_THAT(uniform.scale, ElementsAre(1.5F, -2.5F, 0));
  Scene scene(Mjcf(R"(<geom type="mesh" mesh="bare" material="picture"/>)", kTextures));
  const DrawItem mesh = scene.List().opaque.at(0);
  EXPECT_EQ(mesh.mapping, TextureMapping::kPlanar);
  EXPECT_NEAR(mesh.texture_scale[0], 1.5F / scene.mjv().geoms[0].size[0], kSingle);
}

TEST(DrawListTest, MeshesWithTextureCoordinatesIgnoreRepeats) {
  const Mapped mesh = Map(R"(type="mesh" mesh="painted" material="picture")");
  EXPECT_EQ(mesh.mapping, TextureMapping::kMesh);
  EXPECT_TRUE(mesh.has_texture);
}

TEST(DrawListTest, CubesAreLookedUpByPositionInMetresIfUniform) {
  const Mapped box = Map(R"(type="box" size="2 4 1" material="cube")");
  EXPECT_EQ(box.mapping, TextureMapping::kCube);
  EXPECT_THAT(box.scale, ElementsAre(1, 1, 1));
  const Mapped uniform = Map(R"(type="box" size="2 4 1" material="uniform cube")");
  EXPECT_THAT(uniform.scale, ElementsAre(2, 4, 1));
}

TEST(DrawListTest, CubesOnMeshesWithTextureCoordinatesDoNotShow) {
  const Mapped mesh = Map(R"(type="mesh" mesh="painted" material="cube")");
  EXPECT_EQ(mesh.mapping, TextureMapping::kNone);
  EXPECT_FALSE(mesh.has_texture);
}

TEST(DrawListTest, MaterialsGiveShineAndGlow) {
  Scene scene(Mjcf(R"(<geom size="0.1" material="m"/>)", R"(<asset><material name="m"
      rgba="0.1 0.2 0.3 1" emission="0.4" specular="0.6" shininess="0.7"/></asset>)"));
  const DrawItem item = scene.List().opaque.at(0);
  EXPECT_THAT(item.rgba, ElementsAre(0.1F, 0.2F, 0.3F, 1));
  EXPECT_EQ(item.emission, 0.4F);
  EXPECT_EQ(item.specular, 0.6F);
  EXPECT_EQ(item.shininess, 0.7F);
}

TEST(DrawListTest, TheCameraIsBetweenTheEyes) {
  Scene scene(Mjcf(""));
  const DrawCamera camera = scene.List().camera;
  ExpectNear(camera.position, {0, -5, 0});
  ExpectNear(camera.forward, {0, 1, 0});
  ExpectNear(camera.up, {0, 0, 1});
  EXPECT_EQ(camera.width, 0);
  EXPECT_EQ(camera.top, -camera.bottom);
  EXPECT_NEAR(camera.top / camera.near_z, std::tan(22.5 * mjPI / 180), kSingle);
  EXPECT_EQ(camera.far_z,
            static_cast<float>(scene.model().vis.map.zfar * scene.model().stat.extent));
}

TEST(DrawListTest, CamerasWithSensorsHaveTheirFrustum) {
  Scene scene(R"(<mujoco><worldbody><camera resolution="200 100" sensorsize="0.02 0.01"
      focal="0.04 0.04" principal="0.001 0"/></worldbody></mujoco>)");
  const DrawCamera camera = scene.List().camera;
  EXPECT_NEAR(camera.width / camera.near_z, 0.02 / 0.04, kSingle);
  EXPECT_NEAR((camera.top - camera.bottom) / camera.near_z, 0.01 / 0.04, kSingle);
}

constexpr const char* kNoHeadlight = R"(<visual><headlight active="0"/></visual>)";

TEST(DrawListTest, LightsAreOpenGlsOnes) {
  Scene scene(Mjcf(R"(<light pos="1 2 3" dir="0 0 -1" cutoff="30" exponent="5"
      diffuse="0.1 0.2 0.3" attenuation="1 2 3" castshadow="false"/>
      <light directional="true" cutoff="30" castshadow="false"/>
      <light cutoff="100" castshadow="false"/>)",
                   kNoHeadlight));
  const std::vector<DrawLight> lights = scene.List().lights;
  ASSERT_THAT(lights, SizeIs(3));
  EXPECT_FALSE(lights[0].directional);
  EXPECT_THAT(lights[0].position, ElementsAre(1, 2, 3));
  EXPECT_THAT(lights[0].direction, ElementsAre(0, 0, -1));
  EXPECT_THAT(lights[0].diffuse, ElementsAre(0.1F, 0.2F, 0.3F));
  EXPECT_THAT(lights[0].attenuation, ElementsAre(1, 2, 3));
  EXPECT_EQ(lights[0].cutoff, 30);
  EXPECT_EQ(lights[0].exponent, 5);
  EXPECT_TRUE(lights[1].directional);
  EXPECT_EQ(lights[1].cutoff, 180);
  EXPECT_EQ(lights[2].cutoff, 180) << "out of OpenGL's range";
}

TEST(DrawListTest, HeadlightsShineAlongTheCamera) {
  Scene scene(Mjcf(""));
  const std::vector<DrawLight> lights = scene.List().lights;
  ASSERT_THAT(lights, SizeIs(1));
  EXPECT_TRUE(lights[0].directional);
  ExpectNear(lights[0].direction, {0, 1, 0});
}

TEST(DrawListTest, WithoutLightsThereIsAnAmbientOne) {
  Scene scene(Mjcf("", kNoHeadlight));
  const std::vector<DrawLight> lights = scene.List().lights;
  ASSERT_THAT(lights, SizeIs(1));
  EXPECT_THAT(lights[0].ambient, ElementsAre(0.3F, 0.3F, 0.3F));
  EXPECT_THAT(lights[0].diffuse, ElementsAre(0, 0, 0));
  EXPECT_THAT(lights[0].specular, ElementsAre(0, 0, 0));
}

TEST(DrawListTest, OpenGlHasEightLights) {
  std::string lights;
  for (int i = 0; i < 9; ++i) lights += R"(<light castshadow="false"/>)";
  EXPECT_THAT(Scene(Mjcf(lights)).List().lights, SizeIs(8));
}

TEST(DrawListTest, ShadowsAreNamedUnlessTheyAreOff) {
  Scene scene(Mjcf("<light/><light/>"));
  EXPECT_EQ(scene.Unsupported(), "shadows");
  scene.mjv().flags[mjRND_SHADOW] = 0;
  EXPECT_EQ(scene.Unsupported(), "");
  scene.mjv().flags[mjRND_SHADOW] = 1;
  scene.model().vis.quality.shadowsize = 0;
  EXPECT_EQ(scene.Unsupported(), "");
}

TEST(DrawListTest, GeomsThatCannotBeDrawnAreNamedOnceAndLeftOut) {
  Scene scene(Mjcf(R"(<geom type="hfield" hfield="h"/><geom type="hfield" hfield="h"/>
      <geom type="mesh" mesh="m"/><geom size="0.1"/>)",
                   R"(<asset><hfield name="h" nrow="2" ncol="2" size="1 1 1 1"/>
      <mesh name="m" vertex="0 0 0  2 0 0  0 2 0  0 0 2"/></asset>)"));
  scene.option().flags[mjVIS_CONVEXHULL] = 1;
  scene.Update();
  EXPECT_THAT(Ids(scene.List().opaque), ElementsAre(3));
  EXPECT_EQ(scene.Unsupported(), "height fields, convex hulls");
}

TEST(DrawListTest, DecorationThatCannotBeDrawnIsNamed) {
  Scene scene(Mjcf(R"(<geom size="0.1" name="ball"/>)"));
  scene.option().label = mjLABEL_GEOM;
  scene.Update();
  EXPECT_EQ(scene.Unsupported(), "labels");
  EXPECT_THAT(scene.List().opaque, SizeIs(1));
}

TEST(DrawListTest, GeomsThatWereNotPreparedAreNamed) {
  Scene scene(Mjcf(R"(<geom type="plane" size="1 1 1" pos="0 0 -1" group="0"/>)"));
  EXPECT_EQ(scene.Unsupported(), "");
  scene.ShowGroup0();
  EXPECT_EQ(scene.Unsupported(), "geoms of group 0");
}

TEST(DrawListTest, OptionsThatCannotBeDrawnAreNamed) {
  Scene scene(Mjcf(""));
  const auto with_flag = [&](int flag, mjtByte value) {
    const mjtByte before = scene.mjv().flags[flag];
    scene.mjv().flags[flag] = value;
    const std::string named = scene.Unsupported();
    scene.mjv().flags[flag] = before;
    return named;
  };
  EXPECT_EQ(scene.Unsupported(), "");
  EXPECT_EQ(with_flag(mjRND_FOG, 1), "fog");
  EXPECT_EQ(with_flag(mjRND_WIREFRAME, 1), "wireframes");
  EXPECT_EQ(with_flag(mjRND_ADDITIVE, 1), "additive transparency");
  EXPECT_EQ(with_flag(mjRND_SEGMENT, 1), "colours of segments");
  EXPECT_EQ(with_flag(mjRND_CULL_FACE, 0), "back faces");
  scene.mjv().stereo = mjSTEREO_SIDEBYSIDE;
  scene.mjv().enabletransform = 1;
  scene.mjv().scale = 1;
  scene.mjv().framewidth = 1;
  EXPECT_EQ(scene.Unsupported(), "stereo, scaled or moved scenes, frames around pictures");
}

TEST(DrawListTest, OrthographicCamerasAreNamed) {
  Scene scene(R"(<mujoco><worldbody><camera orthographic="true"/></worldbody></mujoco>)");
  EXPECT_EQ(scene.Unsupported(), "orthographic cameras");
}

TEST(DrawListTest, HazeIsNamedWhereAPlaneWithoutEndMeetsTheSky) {
  const std::string sky = R"(<asset>
      <texture type="skybox" builtin="gradient" width="4" height="24"/></asset>)";
  const std::string plane = R"(<geom type="plane" size="0 0 1" pos="0 0 -1"/>)";
  EXPECT_EQ(Scene(Mjcf(plane, sky)).Unsupported(), "haze");
  EXPECT_EQ(Scene(Mjcf(plane)).Unsupported(), "");
  EXPECT_EQ(Scene(Mjcf("", sky)).Unsupported(), "");
  EXPECT_EQ(Scene(Mjcf(R"(<geom type="plane" size="0 0 1" pos="0 0 1"/>)", sky)).Unsupported(), "")
      << "seen from behind";
}

TEST(DrawListTest, TheSkyIsTheModelsUnlessItIsOff) {
  Scene scene(Mjcf("", R"(<asset>
      <texture type="skybox" builtin="gradient" width="4" height="24"/></asset>)"));
  EXPECT_EQ(scene.List().skybox, scene.data().skybox());
  scene.mjv().flags[mjRND_SKYBOX] = 0;
  EXPECT_EQ(scene.List().skybox, nullptr);
}

TEST(DrawListTest, ListsAreReplacedAndEqualIfNothingMoved) {
  Scene scene(Mjcf(R"(<geom size="0.1"/><geom size="0.1" rgba="1 1 1 0.5"/>)"));
  DrawList list = scene.List();
  const DrawItem* memory = list.opaque.data();
  const DrawList before = list;
  std::string unsupported = "old";
  MakeDrawList(scene.mjv(), scene.data(), list, unsupported);
  EXPECT_EQ(unsupported, "");
  EXPECT_EQ(list.opaque.data(), memory);
  EXPECT_EQ(list.opaque, before.opaque);
  EXPECT_EQ(list.transparent, before.transparent);
  EXPECT_EQ(list.camera, before.camera);
  EXPECT_EQ(list.lights, before.lights);
}

TEST(DrawListTest, PlacesThatAreNoNumbersDoNoHarm) {
  Scene scene(Mjcf(R"(<geom size="0.1" rgba="1 1 1 0.5"/><geom size="0.1" rgba="1 1 1 0.5"/>)"));
  scene.mjv().geoms[0].pos[0] = NAN;
  EXPECT_THAT(scene.List().transparent, SizeIs(2));
}

}  // namespace
}  // namespace libero
