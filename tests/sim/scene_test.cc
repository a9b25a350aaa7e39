#include "sim/scene.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

const std::filesystem::path kDataRoot = LIBERO_DEPS_DIR;

constexpr const char* kBox = R"(<mujoco><worldbody><body>
    <body name="object"><geom group="0" size="1"/><geom group="1" size="1"/><geom group="3" size="1"/>
      <body name="lid"><joint name="hinge"/><site name="inside" size="0.1 0.2 0.3"/></body></body>
    <site name="bottom_site" pos="0 0 -0.1"/><site name="top_site" pos="0 0 0.2"/>
    <site name="horizontal_radius_site" pos="0.3 0.1 0"/></body></worldbody></mujoco>)";

class ObjectModelTest : public testing::Test {
 protected:
  ObjectModel Load(const std::string& text, bool is_fixture) {
    std::ofstream(folder_ / "box.xml") << text;
    return LoadObject(folder_.path(), "box.xml", "box_1", is_fixture);
  }
  TestFolder folder_;
};

TEST_F(ObjectModelTest, NamesEverythingAfterTheObject) {
  const ObjectModel box = Load(kBox, false);
  EXPECT_EQ(box.root_body, "box_1_main");
  EXPECT_THAT(box.joints, ElementsAre("box_1_hinge", "box_1_joint0"));
  EXPECT_THAT(box.contact_geoms, ElementsAre("box_1_g0"));
  EXPECT_THAT(box.visual_geoms, ElementsAre("box_1_g1"));
  EXPECT_THAT(box.sites, ElementsAre("box_1_inside", "box_1_default_site"));
  ASSERT_EQ(box.part_sites.size(), 2) << "of the object's body and of the lid's";
  EXPECT_EQ(box.part_sites[1].name, "box_1_inside");
  EXPECT_THAT(box.part_sites[1].joints, ElementsAre("box_1_hinge"));
  EXPECT_THAT(box.part_sites[1].half_size, ElementsAre(0.1, 0.2, 0.3));
}

TEST_F(ObjectModelTest, ReadsExtentsFromTheMarkerSites) {
  const ObjectModel box = Load(kBox, false);
  EXPECT_EQ(box.bottom_offset, -0.1);
  EXPECT_EQ(box.top_offset, 0.2);
  EXPECT_EQ(box.horizontal_radius, 0.3);
}

TEST_F(ObjectModelTest, FixturesHaveNoFreeJoint) {
  EXPECT_THAT(Load(kBox, true).joints, ElementsAre("box_1_hinge"));
}

TEST_F(ObjectModelTest, SaysWhatAnObjectLacks) {
  EXPECT_THAT([&] { Load("<mujoco><worldbody><body/></worldbody></mujoco>", false); },
              ThrowsMessage<Error>(HasSubstr("box.xml: expected a body named 'object'")));
  EXPECT_THAT(
      [&] {
        Load("<mujoco><worldbody><body><body name='object'/></body></worldbody></mujoco>", false);
      },
      ThrowsMessage<Error>(HasSubstr("box.xml: site bottom_site: expected a position of 3 numbers, "
                                     "got 0")));
}

TEST(PandaTest, IsOneArmWithBaseAndGripper) {
  const Mjcf panda = LoadPanda(kDataRoot, PandaBase::kPedestal, {-0.66, 0, 0});
  EXPECT_TRUE(FindElement(panda.root(), "body", "mount0_base"));
  EXPECT_TRUE(FindElement(panda.root(), "site", "gripper0_grip_site"));
  std::vector<std::string> motors;
  for (pugi::xml_node motor : panda.section("actuator").children()) {
    motors.emplace_back(motor.attribute("name").value());
  }
  EXPECT_EQ(motors.size(), 9);
  EXPECT_THAT(motors, Contains(StartsWith("gripper0_")).Times(2));
  EXPECT_THAT(panda.asset_files(), Each(StartsWith("robosuite/models/assets/")));
}

TEST(ArenaTest, SizesTheTableAndPlacesLegsInsideItsEdges) {
  const ArenaSpec spec = {.mjcf = "assets/scenes/libero_tabletop_base_style.xml",
                          .floor_texture = "f.png",
                          .wall_texture = "w.png",
                          .table = TableSpec{{1.0, 1.2, 0.05}, {0, 0, 0.9}, {1, 0.005, 0.0001}},
                          .zone_body = "table",
                          .zones = {{"zone", {0.1, 0.2, 0.02}, {0.3, 0.4, 0.007}, {0, 0, 1, 0}}},
                          .cameras = {{"agentview", {1, 2, 3}, {1, 0, 0, 0}}, {"mine", {}, {}}}};
  const Mjcf arena = LoadArena(kDataRoot, spec);
  const auto attribute = [&](const char* tag, const char* name, const char* key) {
    const pugi::xml_node element = FindElement(arena.root(), tag, name);
    return ParseNumbers(element.attribute(key).value(), name);
  };
  EXPECT_THAT(attribute("geom", "table_collision", "size"), ElementsAre(0.5, 0.6, 0.025));
  EXPECT_THAT(attribute("geom", "table_leg3_visual", "pos"), ElementsAre(-0.4, -0.5, -0.4375));
  EXPECT_THAT(attribute("site", "zone", "size"), ElementsAre(0.3, 0.4, 0.007));
  EXPECT_THAT(attribute("camera", "agentview", "pos"), ElementsAre(1, 2, 3));
  EXPECT_TRUE(FindElement(arena.root(), "camera", "mine"));
  EXPECT_THAT(arena.asset_files(), Contains("assets/textures/f.png"));
}

TEST(ArenaTest, SaysWhichElementIsMissing) {
  ArenaSpec spec = {.mjcf = "assets/scenes/libero_floor_base_style.xml",
                    .zone_body = "moon",
                    .zones = {{"zone"}}};
  EXPECT_THAT([&] { (void)LoadArena(kDataRoot, spec); },
              ThrowsMessage<Error>(HasSubstr("expected a <body> named 'moon'")));
}

}  // namespace
}  // namespace libero
