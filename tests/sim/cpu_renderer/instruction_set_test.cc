#include <hwy/targets.h>

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cpu_renderer/frame_painter.h"
#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

// Of each kind of geom, mapping and light one, a mirror, and a plane that reaches behind the eye.
constexpr const char* kScene = R"(<mujoco>
    <default><geom group="1"/></default>
    <asset>
      <texture name="sky" type="skybox" builtin="gradient" rgb1=".3 .5 .7" rgb2="0 0 .2" width="64"
        height="384"/>
      <texture name="checker" type="2d" builtin="checker" rgb1=".8 .7 .6" rgb2=".2 .3 .1"
        width="128" height="96"/>
      <texture name="cube" type="cube" builtin="gradient" mark="random" random=".2"
        rgb1=".2 .7 .3" rgb2=".9 .1 .4" markrgb="1 0 0" width="64" height="384"/>
      <material name="floor" texture="checker" texrepeat="3 3" texuniform="true" specular=".8"
        shininess=".37"/>
      <material name="crate" texture="cube" emission=".2"/>
      <material name="mirror" rgba=".3 .3 .4 1" reflectance=".4"/>
      <mesh name="painted" vertex="0 0 0  .9 0 0  0 .9 0  0 0 .9"
        texcoord="0 0  1 .2  .1 1  .7 .8" face="0 2 1  0 1 3  0 3 2  1 2 3"/>
    </asset>
    <worldbody>
      <light pos="0 -2 4" dir="0 .4 -1" diffuse=".6 .6 .6" castshadow="false" cutoff="50"
        exponent="3.3" attenuation=".9 .02 .01"/>
      <light directional="true" dir=".3 .4 -1" diffuse=".3 .2 .2" castshadow="false"/>
      <camera pos="0 -4 1.6" xyaxes="1 0 0 0 .35 1"/>
      <geom type="plane" size="9 9 .1" material="floor"/>
      <geom type="box" pos="-.9 .5 .3" size=".4 .4 .3" material="mirror" euler="10 0 20"/>
      <geom type="cylinder" pos=".9 .8 .5" size=".3 .5" rgba=".8 .4 .1 1"/>
      <geom type="capsule" pos="1.2 -.6 .5" size=".15 .3" rgba=".1 .4 .8 1" euler="40 0 0"/>
      <geom type="ellipsoid" pos="-1.1 -.1 .9" size=".2 .3 .4" rgba=".5 .1 .5 .4"/>
      <geom type="sphere" pos=".2 -1 .9" size=".3" rgba=".1 .7 .5 .7"/>
      <geom type="mesh" mesh="painted" pos="0 .6 .1" material="floor"/>
      <geom type="box" pos=".3 -.3 .3" size=".3 .2 .1" material="crate" euler="5 15 25"/>
      <site pos=".4 -1 .2" size=".1" rgba="1 1 1 .8"/>
    </worldbody></mujoco>)";

// Uses one instruction set only, as long as it lives.
class OneInstructionSet {
 public:
  explicit OneInstructionSet(int64_t target) { Use(target); }
  ~OneInstructionSet() { Use(0); }
  OneInstructionSet(const OneInstructionSet&) = delete;
  OneInstructionSet& operator=(const OneInstructionSet&) = delete;

 private:
  static void Use(int64_t target) {  // 0: the best one
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().DeInit();  // chosen when it is next needed
  }
};

struct Frames {
  Image image{110, 83, {}};
  GeometryImage geometry{.width = 110, .height = 83};
};

Frames Paint(const DrawList& list) {
  Frames frames;
  FramePainter painter;
  painter.Paint(list, frames.image);
  painter.PaintGeometry(list, frames.geometry);
  return frames;
}

void ExpectSameBytes(const DrawList& list) {
  const Frames expected = Paint(list);
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    const OneInstructionSet only(target);
    const Frames frames = Paint(list);
    EXPECT_TRUE(frames.image.rgb == expected.image.rgb);
    EXPECT_TRUE(frames.geometry.depth == expected.geometry.depth);
    EXPECT_TRUE(frames.geometry.object_type == expected.geometry.object_type);
    EXPECT_TRUE(frames.geometry.object_id == expected.geometry.object_id);
  }
}

TEST(InstructionSetTest, AllGiveTheSameBytes) {
  PaintedScene scene(kScene);
  DrawList list = scene.List();
  ExpectSameBytes(list);
  // from other places, some of them within things
  RandomNumbers random(1);
  for (int i = 0; i < 8; ++i) {
    list.camera.position = random.Vector(-1.5F, 1.5F);
    list.camera.position[2] = random.Uniform(0.05F, 2);
    list.camera.forward = random.Vector(-1, 1);
    list.camera.up = {0, 0, 1};
    ExpectSameBytes(list);
  }
}

TEST(InstructionSetTest, AllGiveTheSameBytesOfWhatIsNoNumber) {
  PaintedScene scene(kScene);
  const DrawList list = scene.List();
  for (const float value : {NAN, INFINITY, 1e-40F}) {
    for (size_t i = 0; i < list.opaque.size(); ++i) {
      DrawList strange = list;
      strange.opaque[i].object_to_world[4 * (i % 3) + i % 4] = value;
      strange.opaque[(i + 1) % list.opaque.size()].normal_to_world[i % 9] = value;
      ExpectSameBytes(strange);
    }
  }
}

}  // namespace
}  // namespace libero
