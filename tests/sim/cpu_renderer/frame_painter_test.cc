#include "sim/cpu_renderer/frame_painter.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

using testing::ElementsAre;

// Things that move over a mirror in front of a patterned wall; of some one sees the inside.
constexpr const char* kScene = R"(<mujoco>
    <default><geom group="1"/></default>
    <asset>
      <texture name="sky" type="skybox" builtin="gradient" rgb1=".3 .5 .7" rgb2="0 0 .2" width="32"
        height="192"/>
      <texture name="checker" type="2d" builtin="checker" rgb1=".8 .7 .6" rgb2=".2 .3 .1"
        width="64" height="64"/>
      <texture name="cube" type="cube" builtin="flat" mark="edge" rgb1=".2 .7 .3" markrgb="1 0 0"
        width="32" height="192"/>
      <material name="wall" texture="checker" texrepeat="3 3"/>
      <material name="crate" texture="cube"/>
      <material name="mirror" rgba=".3 .3 .4 1" reflectance=".4"/>
    </asset>
    <worldbody>
      <light pos="0 -2 4" dir="0 .4 -1" diffuse=".6 .6 .6" castshadow="false"/>
      <camera pos="0 -4 1.6" xyaxes="1 0 0 0 .35 1"/>
      <camera pos="1 -2 3" xyaxes="1 0 0 0 .8 .6" fovy="70"/>
      <geom type="plane" pos="0 2 0" zaxis="0 -1 0" size="3 3 .1" material="wall"/>
      <geom type="box" pos="0 0 -.2" size="1.2 1.2 .2" material="mirror"/>
      <body><joint type="free"/><geom type="box" size=".2 .3 .1" material="crate"/></body>
      <body><joint type="free"/><geom type="capsule" size=".1 .2" rgba=".1 .4 .8 1"/></body>
      <body><joint type="free"/><geom type="ellipsoid" size=".3 .2 .1" rgba=".8 .1 .5 .4"/></body>
      <body><joint type="free"/><geom type="cylinder" size=".2 .2" rgba=".1 .8 .5 .7"/></body>
      <site pos=".4 -1 .4" size=".15" rgba="1 1 1 0"/>
    </worldbody></mujoco>)";
constexpr int kNumBodies = 4;

// Every picture size has some part of a block at its edges, or is whole blocks.
constexpr std::pair<int, int> kSizes[] = {{1, 1}, {3, 5}, {61, 47}, {64, 64}, {300, 7}};

class FramePainterTest : public testing::Test {
 protected:
  FramePainterTest() {
    for (int body = 0; body < kNumBodies; ++body) MoveBody(body);
  }

  // Somewhere over the mirror, or close around it.
  void MoveBody(int body) {
    double* qpos = scene_.world().data().qpos + static_cast<ptrdiff_t>(7) * body;
    const std::array<float, 3> p = random_.Vector(-1.2F, 1.2F);
    for (size_t i = 0; i < 3; ++i) qpos[i] = p[i];
    qpos[2] = random_.Uniform(-0.2F, 1);
    for (int i = 3; i < 7; ++i) qpos[i] = random_.Uniform(-1, 1);
    mju_normalize4(qpos + 3);
  }

  // What happens between two frames.
  DrawList ListAfter(int step) {
    if (step % 3 != 2) MoveBody(step % kNumBodies);
    if (step % 5 == 4) MoveBody(random_.Integer(0, kNumBodies - 1));
    if (step % 4 == 3) {
      scene_.world().site_rgba(0)[3] = random_.Uniform(-0.5F, 1);
      scene_.world().site_rgba(0)[1] = random_.Uniform(0, 1);
    }
    return scene_.List(step / 20 % 2);
  }

  RandomNumbers random_{1};
  PaintedScene scene_{kScene};
};

TEST_F(FramePainterTest, RepaintingGivesTheSameBytes) {
  FramePainter painter;
  FramePainter whole_painter;
  for (const auto& [width, height] : kSizes) {
    PaintedFrame last;
    Image image{width, height, {}};
    Image whole{width, height, {}};
    for (int step = 0; step < 30; ++step) {
      const DrawList list = ListAfter(step);
      painter.Repaint(list, last, image);
      whole_painter.Paint(list, whole);
      ASSERT_EQ(image.rgb, whole.rgb) << width << "x" << height << ", step " << step;
      EXPECT_EQ(last.image.rgb, image.rgb);
      EXPECT_EQ(last.list.opaque, list.opaque);
    }
  }
}

TEST_F(FramePainterTest, RepaintsAllOfAnotherSize) {
  const DrawList list = ListAfter(0);
  FramePainter painter;
  PaintedFrame last;
  for (const auto& [width, height] : kSizes) {
    Image image{width, height, {}};
    Image whole = image;
    painter.Repaint(list, last, image);
    painter.Paint(list, whole);
    EXPECT_EQ(image.rgb, whole.rgb);
  }
}

TEST_F(FramePainterTest, PicturesDoNotDependOnWhatWasPaintedBefore) {
  const DrawList list = ListAfter(0);
  const DrawList other = ListAfter(20);
  FramePainter painter;
  for (const auto& [width, height] : kSizes) {
    Image fresh{width, height, {}};
    FramePainter().Paint(list, fresh);
    Image image{width, height, std::vector<uint8_t>(3, 77)};
    painter.Paint(other, image);
    GeometryImage geometry{.width = width, .height = height};
    painter.PaintGeometry(other, geometry);
    painter.Paint(list, image);
    EXPECT_EQ(image.rgb, fresh.rgb);
  }
}

TEST_F(FramePainterTest, ThreadsDrawTheSameBytes) {
  for (const int num_threads : {2, 3, 8}) {
    FramePainter alone;
    FramePainter painter(num_threads);
    PaintedFrame last;
    for (int step = 0; step < 5; ++step) {
      const DrawList list = ListAfter(step);
      Image expected{61, 47, {}};
      alone.Paint(list, expected);
      Image image{61, 47, {}};
      painter.Paint(list, image);
      EXPECT_EQ(image.rgb, expected.rgb);
      painter.Repaint(list, last, image);
      EXPECT_EQ(image.rgb, expected.rgb);
    }
  }
}

TEST_F(FramePainterTest, PicturesWithoutPixelsAreABug) {
  const DrawList list = ListAfter(0);
  Image image{0, 5, {}};
  EXPECT_DEATH(FramePainter().Paint(list, image), "check failed");
  GeometryImage geometry{.width = 5, .height = 0};
  EXPECT_DEATH(FramePainter().PaintGeometry(list, geometry), "check failed");
}

// An empty scene under some sky, in one colour.
std::vector<uint8_t> PaintEmpty(const std::string& sky) {
  PaintedScene scene("<mujoco>" + sky + "<worldbody><camera/></worldbody></mujoco>");
  Image image{2, 1, {}};
  FramePainter().Paint(scene.List(), image);
  return image.rgb;
}

TEST(EmptyPictureTest, ShowsTheSkyOrBlack) {
  EXPECT_THAT(PaintEmpty(""), ElementsAre(0, 0, 0, 0, 0, 0));
  EXPECT_THAT(PaintEmpty(R"(<asset><material name="m"/>
      <texture type="skybox" builtin="flat" rgb1="1 .2 0" rgb2="1 .2 0" width="8" height="48"/></asset>)"),
              ElementsAre(255, 51, 0, 255, 51, 0));
}

// Boxes of emission alone, which shows their colours as they are, in front of a camera at the
// origin that looks along y.
constexpr const char* kFlat = R"(<mujoco>
    <default><geom type="box" group="1" size="2 .1 2"/></default>
    <visual><headlight ambient="0 0 0" diffuse="0 0 0" specular="0 0 0"/></visual>
    <asset><material name="red" rgba="1 0 0 1" emission="1" specular="0"/>
      <material name="green" rgba="0 1 0 .5" emission="1" specular="0"/>
      <material name="blue" rgba="0 0 1 .5" emission="1" specular="0"/></asset>
    <worldbody>
      <camera xyaxes="1 0 0 0 0 1" fovy="90"/>
      <geom pos="-5 4 0" size="5 .1 5" material="red"/>
      <geom pos="0 3 -2" material="green"/>
      <geom pos="0 2 -2.5" material="blue"/>
      <site type="box" pos="2 3 2" size="1 .5 1" rgba="1 1 0 0"/>
    </worldbody></mujoco>)";

TEST(BlendingTest, TransparentOnesArePaintedFrontToBackAndBack) {
  PaintedScene scene(kFlat);
  Image image{50, 50, {}};
  FramePainter().Paint(scene.List(), image);
  const auto pixel = [&](int x, int y) {
    const auto first = image.rgb.begin() + 3 * (50 * y + x);
    return std::vector<uint8_t>(first, first + 3);
  };
  EXPECT_THAT(pixel(10, 40), ElementsAre(255, 0, 0));
  EXPECT_THAT(pixel(45, 40), ElementsAre(0, 0, 0));
  // green alone, twice: 128, and 255/2 + 128/2
  EXPECT_THAT(pixel(30, 21), ElementsAre(0, 192, 0));
  // blue, green, green, blue over black and over red
  EXPECT_THAT(pixel(30, 5), ElementsAre(0, 96, 144));
  EXPECT_THAT(pixel(15, 5), ElementsAre(16, 96, 144));
}

TEST(PaintGeometryTest, NamesWhatIsNearestAndHowFarItIs) {
  PaintedScene scene(kFlat);
  const DrawList list = scene.List();
  GeometryImage image{.width = 50, .height = 50};
  FramePainter().PaintGeometry(list, image);
  const auto expect = [&](int x, int y, int type, int id, float depth) {
    const auto i = static_cast<size_t>(50 * y + x);
    EXPECT_EQ(image.object_type.at(i), type) << x << ", " << y;
    EXPECT_EQ(image.object_id.at(i), id) << x << ", " << y;
    EXPECT_NEAR(image.depth.at(i), depth, 1e-5F * depth) << x << ", " << y;
  };
  expect(10, 40, mjOBJ_GEOM, 0, 3.9F);
  expect(30, 21, mjOBJ_GEOM, 1, 2.9F);
  expect(15, 5, mjOBJ_GEOM, 2, 1.9F);
  expect(45, 49, -1, -1, list.camera.far_z);  // nobody sees the site
}

}  // namespace
}  // namespace libero
