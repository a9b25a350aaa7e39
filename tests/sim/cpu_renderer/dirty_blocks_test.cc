#include "sim/cpu_renderer/dirty_blocks.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/cpu_renderer/painting.h"

namespace libero {
namespace {

constexpr int kSize = 100;

// A camera at (0, -5, 0) that looks along y, two balls, and one that can be seen through.
constexpr const char* kBalls = R"(<mujoco><default><geom group="1"/></default><worldbody>
    <light castshadow="false"/>
    <camera pos="0 -5 0" xyaxes="1 0 0 0 0 1"/>
    <body mocap="true"><geom size=".2"/></body>
    <body mocap="true" pos="1 0 1"><geom size=".2"/></body>
    <body mocap="true" pos="-1 0 1"><geom size=".2" rgba="1 0 0 .5"/></body>
    <body mocap="true" pos="-1 0 -1"><geom size=".2" rgba="1 0 0 .5"/></body>
  </worldbody></mujoco>)";

// The same above a mirror.
constexpr const char* kMirror = R"(<mujoco><default><geom group="1"/></default>
    <asset><material name="m" reflectance=".5"/></asset><worldbody>
    <light castshadow="false"/>
    <camera pos="0 -5 2" xyaxes="1 0 0 0 .4 1"/>
    <geom type="plane" size="2 2 .1" material="m"/>
    <body mocap="true" pos="0 0 .5"><geom size=".2"/></body>
    <body mocap="true" pos="0 0 -.5"><geom size=".2"/></body>
  </worldbody></mujoco>)";

BlockMask Dirty(const DrawList& before, const DrawList& after, int width = kSize,
                int height = kSize) {
  BlockMask mask = WholeMask(width, height);
  FindDirtyBlocks(before, after, mask);
  return mask;
}

bool IsDirty(const BlockMask& mask, int x, int y) {
  return mask.is_drawn[static_cast<size_t>(y / kBlockSize * mask.num_columns + x / kBlockSize)];
}

size_t NumDirty(const BlockMask& mask) {
  return static_cast<size_t>(std::ranges::count(mask.is_drawn, 1));
}

size_t NumBlocks(const BlockMask& mask) {
  return mask.is_drawn.size();
}

// Whether all blocks of a ball's picture are marked.
bool CoversBall(const BlockMask& mask, const DrawList& list, const DrawItem& item) {
  const View view = MakeView(list.camera, mask.width, mask.height);
  bool covers = true;
  for (int i = 0; i < 200; ++i) {
    const double a = 2 * mjPI * i / 200;
    const auto p = Transform(item.object_to_world, std::array{std::cos(a), 0.0, std::sin(a)});
    const auto xyw = Transform(view.world_to_pixel, p);
    covers = covers &&
             IsDirty(mask, static_cast<int>(xyw[0] / xyw[2]), static_cast<int>(xyw[1] / xyw[2]));
  }
  return covers;
}

class DirtyBlocksTest : public testing::Test {
 protected:
  void Move(int ball, double x, double y, double z) {
    mju_copy3(scene_.world().data().mocap_pos + 3 * ball, std::array{x, y, z}.data());
  }

  PaintedScene scene_{kBalls};
  DrawList before_ = scene_.List();
};

TEST_F(DirtyBlocksTest, NothingIsDirtyIfNothingChanges) {
  const BlockMask mask = Dirty(before_, scene_.List());
  EXPECT_EQ(NumDirty(mask), 0);
  EXPECT_FALSE(mask.any());
}

TEST_F(DirtyBlocksTest, MovesMarkTheOldAndTheNewPlace) {
  Move(0, 0.8, 0, -0.9);
  const DrawList after = scene_.List();
  for (const auto& [width, height] : {std::pair(kSize, kSize), {333, 97}}) {
    const BlockMask mask = Dirty(before_, after, width, height);
    EXPECT_TRUE(CoversBall(mask, before_, before_.opaque[0]));
    EXPECT_TRUE(CoversBall(mask, after, after.opaque[0]));
    EXPECT_FALSE(IsDirty(mask, 0, 0));
    EXPECT_LT(NumDirty(mask), NumBlocks(mask) / 8);
    const BlockMask back = Dirty(after, before_, width, height);
    EXPECT_EQ(back.is_drawn, mask.is_drawn);
  }
}

TEST_F(DirtyBlocksTest, MovesOutOfThePictureMarkTheOldPlace) {
  Move(0, 100, 0, 0);
  const BlockMask mask = Dirty(before_, scene_.List());
  EXPECT_TRUE(CoversBall(mask, before_, before_.opaque[0]));
  EXPECT_LT(NumDirty(mask), NumBlocks(mask) / 16);
}

TEST_F(DirtyBlocksTest, WhatReachesBehindTheEyeMarksAll) {
  Move(0, 0, -5, 0);
  const BlockMask mask = Dirty(before_, scene_.List());
  EXPECT_EQ(NumDirty(mask), NumBlocks(mask));
}

TEST_F(DirtyBlocksTest, OtherLooksMarkThePlace) {
  const auto dirty = [&](auto change) {
    DrawList after = before_;
    change(after.opaque[1]);
    const BlockMask mask = Dirty(before_, after);
    EXPECT_TRUE(CoversBall(mask, after, after.opaque[1]));
    return NumDirty(mask);
  };
  const size_t of_ball = dirty([](DrawItem& item) { item.rgba[1] = 0; });
  EXPECT_LT(of_ball, 30);
  EXPECT_EQ(dirty([](DrawItem& item) { item.emission += 0.1F; }), of_ball);
  EXPECT_EQ(dirty([](DrawItem& item) { item.shininess += 0.1F; }), of_ball);
  EXPECT_EQ(dirty([](DrawItem& item) { item.normal_to_world[0] += 0.1F; }), of_ball);
  EXPECT_EQ(dirty([](DrawItem& item) { item.texture_scale[0] += 0.1F; }), of_ball);
}

TEST_F(DirtyBlocksTest, WhatComesOrGoesMarksItsPlace) {
  DrawList without = before_;
  without.opaque.erase(without.opaque.begin());
  const BlockMask mask = Dirty(before_, without);
  EXPECT_TRUE(CoversBall(mask, before_, before_.opaque[0]));
  EXPECT_LT(NumDirty(mask), 30);
  EXPECT_EQ(Dirty(without, before_).is_drawn, mask.is_drawn);
}

TEST_F(DirtyBlocksTest, TransparentOnesThatComeOrGoMarkTheirPlace) {
  DrawList without = before_;
  without.transparent.erase(without.transparent.begin());
  const BlockMask mask = Dirty(before_, without);
  EXPECT_TRUE(CoversBall(mask, before_, before_.transparent[0]));
  EXPECT_LT(NumDirty(mask), 30);
  EXPECT_EQ(Dirty(without, before_).is_drawn, mask.is_drawn);
  without = before_;
  without.transparent[0].rgba[3] = 0;
  EXPECT_EQ(Dirty(without, before_).is_drawn, mask.is_drawn);
}

TEST_F(DirtyBlocksTest, WhatTurnsTransparentMarksItsPlace) {
  DrawList after = before_;
  after.transparent.push_back(after.opaque[1]);
  after.transparent.back().rgba[3] = 0.5F;
  after.opaque.pop_back();
  EXPECT_TRUE(CoversBall(Dirty(before_, after), before_, before_.opaque[1]));
  EXPECT_TRUE(CoversBall(Dirty(after, before_), before_, before_.opaque[1]));
}

TEST_F(DirtyBlocksTest, WhatGoesInvisiblyIsNotMarked) {
  DrawList before = before_;
  before.transparent.push_back(before.opaque[0]);
  before.transparent.back().rgba[3] = -1;
  before.transparent.back().geom_index = 100;
  EXPECT_EQ(NumDirty(Dirty(before, before_)), 0);
  DrawList moved = before;
  moved.transparent.back().object_to_world[3] += 1;
  EXPECT_EQ(NumDirty(Dirty(before, moved)), 0);
}

TEST_F(DirtyBlocksTest, TransparentOnesInAnotherOrderMarkWhereTheyAre) {
  DrawList after = before_;
  std::swap(after.transparent[0], after.transparent[1]);
  const BlockMask mask = Dirty(before_, after);
  for (const DrawItem& item : before_.transparent) EXPECT_TRUE(CoversBall(mask, before_, item));
}

TEST_F(DirtyBlocksTest, AnotherCameraLightOrSkyMarksAll) {
  const auto is_all_dirty = [&](auto change) {
    DrawList after = before_;
    change(after);
    const BlockMask mask = Dirty(before_, after);
    return NumDirty(mask) == NumBlocks(mask);
  };
  const Texture sky;
  EXPECT_TRUE(is_all_dirty([](DrawList& list) { list.camera.position[0] += 1e-6F; }));
  EXPECT_TRUE(is_all_dirty([](DrawList& list) { list.lights[0].diffuse[1] += 0.1F; }));
  EXPECT_TRUE(is_all_dirty([](DrawList& list) { list.lights.pop_back(); }));
  EXPECT_TRUE(is_all_dirty([&](DrawList& list) { list.skybox = &sky; }));
}

class DirtyMirrorTest : public DirtyBlocksTest {
 protected:
  DirtyMirrorTest() {
    scene_mirror_ = std::make_unique<PaintedScene>(kMirror);
    before_ = scene_mirror_->List();
  }
  DrawList AfterMove(int ball, double x, double y, double z) {
    mju_copy3(scene_mirror_->world().data().mocap_pos + 3 * ball, std::array{x, y, z}.data());
    return scene_mirror_->List();
  }
  std::unique_ptr<PaintedScene> scene_mirror_;
};

TEST_F(DirtyMirrorTest, MovesMarkTheMirrorImageToo) {
  ASSERT_TRUE(before_.reflector.has_value());
  DrawList after = AfterMove(0, 0.5, 0, 0.7);
  const BlockMask mask = Dirty(before_, after);
  for (const DrawList* list : {&before_, &after}) {
    DrawItem image = list->opaque[1];
    EXPECT_TRUE(CoversBall(mask, *list, image));
    image.object_to_world[11] *= -1;  // the ball below the plane z = 0
    EXPECT_TRUE(CoversBall(mask, *list, image));
  }
  EXPECT_LT(NumDirty(mask), NumBlocks(mask) / 4);
}

TEST_F(DirtyMirrorTest, ImagesBesideTheMirrorAreNotMarked) {
  const DrawList after = AfterMove(0, 3.6, 0, 0.5);
  const BlockMask mask = Dirty(before_, after, 2 * kSize, kSize);
  DrawItem image = after.opaque[1];
  image.object_to_world[11] *= -1;
  EXPECT_TRUE(CoversBall(mask, after, after.opaque[1]));
  EXPECT_FALSE(CoversBall(mask, after, image));
}

TEST_F(DirtyMirrorTest, MirrorsThatMoveMarkAll) {
  DrawList after = before_;
  after.reflector->position[0] += 0.1F;
  EXPECT_EQ(NumDirty(Dirty(before_, after)), NumBlocks(Dirty(before_, after)));
  after = before_;
  after.reflector.reset();
  EXPECT_EQ(NumDirty(Dirty(before_, after)), NumBlocks(Dirty(before_, after)));
}

}  // namespace
}  // namespace libero
