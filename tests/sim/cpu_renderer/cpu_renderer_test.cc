#include "sim/cpu_renderer/cpu_renderer.h"

#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cpu_renderer/texture_cache.h"
#include "sim/renderer_source.h"
#include "sim/world.h"
#include "tests/golden/parity.h"
#include "tests/sim/gl_testing.h"

namespace libero {
namespace {

using testing::HasSubstr;

// Of each kind of geom one, with textures, a mirror, something transparent, a site, and an arm of
// two joints with a camera at its end.
constexpr const char* kScene = R"(<mujoco>
    <default><geom group="1"/></default>
    <asset>
      <texture name="sky" type="skybox" builtin="gradient" rgb1=".3 .5 .7" rgb2="0 0 .2" width="64"
        height="384"/>
      <texture name="checker" type="2d" builtin="checker" rgb1=".8 .7 .6" rgb2=".2 .3 .1"
        width="128" height="128"/>
      <texture name="cube" type="cube" builtin="flat" mark="edge" rgb1=".2 .7 .3" markrgb="1 0 0"
        width="64" height="384"/>
      <material name="floor" texture="checker" texrepeat="3 3" texuniform="true"/>
      <material name="crate" texture="cube"/>
      <material name="mirror" rgba=".3 .3 .4 1" reflectance=".4"/>
      <mesh name="tetrahedron" vertex="0 0 0  .5 0 0  0 .5 0  0 0 .5"/>
    </asset>
    <worldbody>
      <light pos="0 -2 4" dir="0 .4 -1" diffuse=".6 .6 .6" castshadow="false"/>
      <camera name="front" pos="0 -4 1.6" xyaxes="1 0 0 0 .35 1"/>
      <geom type="plane" size="3 3 .1" material="floor"/>
      <geom type="box" pos="-.9 .5 .3" size=".4 .4 .3" material="mirror"/>
      <geom type="cylinder" pos=".9 .8 .5" size=".3 .5" rgba=".8 .4 .1 1"/>
      <geom type="capsule" pos="1.2 -.6 .5" size=".15 .3" rgba=".1 .4 .8 1"/>
      <geom type="ellipsoid" pos="-1.4 -.6 .4" size=".2 .3 .4" rgba=".5 .1 .5 .4"/>
      <geom type="mesh" mesh="tetrahedron" pos="0 .6 .1" rgba=".9 .9 .2 1"/>
      <geom type="box" size="2 .01 2" pos="0 -2 0" group="0" rgba="0 1 0 1"/>
      <site name="mark" pos=".4 -1 .2" size=".1" rgba="1 1 1 0"/>
      <body pos="0 0 .2">
        <joint axis="0 0 1" limited="false"/>
        <geom type="capsule" size=".08" fromto="0 0 0 0 0 .6" rgba=".7 .7 .7 1"/>
        <body pos="0 0 .6">
          <joint axis="0 1 0" limited="false"/>
          <geom type="box" pos=".3 0 0" size=".3 .08 .08" material="crate"/>
          <geom type="sphere" pos=".6 0 0" size=".12" rgba="1 .2 .2 1"/>
          <camera name="hand" pos=".5 0 .3" xyaxes="0 -1 0 .6 0 .8"/>
        </body>
      </body>
    </worldbody></mujoco>)";

// As for the benchmark's scenes; those are compared by RendererParityTest.
constexpr double kMinPsnrDb = 50;
constexpr double kMinSameSegmentation = 0.995;
constexpr double kMaxDepthErrorM = 1e-4;

class CpuRendererTest : public testing::Test {
 protected:
  // After that many steps of a random motion.
  Snapshot State(int num_steps) {
    std::mt19937 random(0);
    std::uniform_real_distribution<double> step(-0.1, 0.1);
    for (int i = 0; i < 2 * num_steps; ++i) world_.data().qpos[i % 2] += step(random);
    world_.Forward();
    Snapshot snapshot;
    TakeSnapshot(world_, snapshot);
    world_.Reset();
    return snapshot;
  }

  static Image Draw(Renderer& renderer, const Snapshot& snapshot, int camera_id, int size = 96) {
    Image image = {size, size, {}};
    renderer.Render(snapshot, camera_id, image);
    return image;
  }

  MjModelPtr model_ = CompileModel(".", {.text = kScene});
  World world_{*model_};
  RendererSource source_{{.name = "cpu"}};
};

TEST_F(CpuRendererTest, DrawsWhatOpenGlDraws) {
  const IgnoreDriverLeaks ignore;
  if (const std::string why_not = WhyNoGl("osmesa"); !why_not.empty()) GTEST_SKIP() << why_not;
  const auto gl = MakeRenderer({.name = "osmesa"}, *model_);
  const auto cpu = source_.Make(*model_);
  world_.site_rgba(0)[3] = 1;
  for (const int num_steps : {0, 20}) {
    for (int camera_id = 0; camera_id < 2; ++camera_id) {
      const Parity parity = Compare(DrawPair(*gl, *cpu, State(num_steps), camera_id, 200));
      EXPECT_GE(parity.psnr_db, kMinPsnrDb) << num_steps << " steps, camera " << camera_id;
      EXPECT_LE(parity.median_difference, 1);
      EXPECT_GE(parity.same_segmentation, kMinSameSegmentation);
      EXPECT_LE(parity.median_depth_error, kMaxDepthErrorM);
    }
  }
}

TEST_F(CpuRendererTest, SequencesAreTheSameFramesByteByByte) {
  constexpr int kFrames = 30;
  const auto one = source_.Make(*model_);
  const auto other = source_.Make(*model_);
  for (int camera_id = 0; camera_id < 2; ++camera_id) {
    std::unique_ptr<FrameHistory> history;
    Image image = {100, 75, {}};
    for (int i = 0; i < kFrames; ++i) {
      world_.site_rgba(0)[3] = i / 5 % 2 == 0 ? 1.0F : -1.0F;
      const Snapshot snapshot = State(i < kFrames / 2 ? i : kFrames / 2);
      Image whole = {100, 75, {}};
      one->Render(snapshot, camera_id, whole);
      // the second one draws what the first one remembers
      Renderer& renderer = i % 3 == 0 ? *one : *other;
      renderer.Redraw(snapshot, camera_id, image, history);
      ASSERT_EQ(image.rgb, whole.rgb) << "frame " << i << " of camera " << camera_id;
    }
  }
}

TEST_F(CpuRendererTest, StartsOverWithAnothersHistory) {
  const Snapshot snapshot = State(3);
  const auto renderer = source_.Make(*model_);
  std::unique_ptr<FrameHistory> history;
  Image image = {64, 64, {}};
  renderer->Redraw(snapshot, 0, image, history);
  const Image front = image;
  EXPECT_EQ(front.rgb, Draw(*renderer, snapshot, 0, 64).rgb);

  // of another camera, of another size
  renderer->Redraw(snapshot, 1, image, history);
  EXPECT_EQ(image.rgb, Draw(*renderer, snapshot, 1, 64).rgb);
  image.width = image.height = 32;
  renderer->Redraw(snapshot, 1, image, history);
  EXPECT_EQ(image.rgb, Draw(*renderer, snapshot, 1, 32).rgb);

  // of another model, whose geoms have the same places but other colours
  std::string text = kScene;
  text.replace(text.find(".8 .4 .1 1"), 10, ".1 .8 .4 1");
  const MjModelPtr other_model = CompileModel(".", {.text = text});
  const auto other = source_.Make(*other_model);
  image = {64, 64, {}};
  history.reset();
  renderer->Redraw(snapshot, 0, image, history);
  other->Redraw(snapshot, 0, image, history);
  EXPECT_NE(image.rgb, front.rgb);
  EXPECT_EQ(image.rgb, Draw(*other, snapshot, 0, 64).rgb);

  // of another kind of renderer
  history = std::make_unique<FrameHistory>();
  renderer->Redraw(snapshot, 0, image, history);
  EXPECT_EQ(image.rgb, front.rgb);
}

TEST_F(CpuRendererTest, ThreadsThatShareAModelDrawTheSameBytes) {
  const Image expected = Draw(*source_.Make(*model_), State(5), 0);
  const Snapshot snapshot = State(5);
  std::array<Image, 4> images;
  {
    std::vector<std::jthread> threads;
    for (Image& image : images) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5; ++i) image = Draw(*source_.Make(*model_), snapshot, 0);
      });
    }
  }
  for (const Image& image : images) EXPECT_EQ(image.rgb, expected.rgb);
}

TEST_F(CpuRendererTest, GivesTheFarPlaneWhereThereIsNothing) {
  const auto renderer = source_.Make(*model_);
  GeometryImage image = {.width = 64, .height = 64};
  renderer->RenderGeometry(State(0), 0, image);
  const double far_z = model_->vis.map.zfar * model_->stat.extent;
  const size_t top = size_t{64} * 63;
  EXPECT_EQ(image.object_id.at(top), -1);
  EXPECT_EQ(image.object_type.at(top), -1);
  EXPECT_NEAR(image.depth.at(top), far_z, 1e-4 * far_z);
  EXPECT_EQ(image.object_type.at(0), mjOBJ_GEOM);
  EXPECT_EQ(image.object_id.at(0), 0) << "the floor";
}

TEST_F(CpuRendererTest, SaysOnceWhatItDoesNotDraw) {
  std::string text = kScene;
  text.replace(text.find(R"(castshadow="false")"), 18, R"(castshadow="true")");
  const MjModelPtr model = CompileModel(".", {.text = text});
  const Snapshot snapshot = State(0);
  testing::internal::CaptureStderr();
  for (int i = 0; i < 2; ++i) {
    const auto renderer = source_.Make(*model);
    Draw(*renderer, snapshot, 0);
    Draw(*renderer, snapshot, 1);
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("warning: the CPU renderer does not draw shadows"));
  EXPECT_THAT(log, HasSubstr("--renderer gl"));
  EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
}

TEST_F(CpuRendererTest, SaysNothingOfAPlainScene) {
  testing::internal::CaptureStderr();
  Draw(*source_.Make(*model_), State(0), 0);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace libero
