#include "sim/mjcf.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Property;
using testing::ThrowsMessage;

class MjcfTest : public testing::Test {
 protected:
  Mjcf Load(const std::string& text, const std::string& file = "models/thing.xml") {
    std::filesystem::create_directories(folder_ / "models");
    std::ofstream(folder_ / file) << text;
    return Mjcf::Load(folder_.path(), file);
  }

  TestFolder folder_;
};

TEST_F(MjcfTest, WritesDefaultsIntoTheElementsThatNameThem) {
  const Mjcf mjcf = Load(R"(<mujoco>
      <default><default class="soft"><geom friction="2" group="1"/></default></default>
      <worldbody><geom class="soft" group="0"/><site class="soft"/></worldbody></mujoco>)");
  const pugi::xml_node geom = mjcf.section("worldbody").child("geom");
  EXPECT_STREQ(geom.attribute("friction").value(), "2");
  EXPECT_STREQ(geom.attribute("group").value(), "0") << "an element's own attribute wins";
  EXPECT_FALSE(geom.attribute("class"));
  EXPECT_FALSE(mjcf.section("worldbody").child("site").attribute("friction"));
  EXPECT_FALSE(mjcf.root().child("default"));
}

TEST_F(MjcfTest, NamesAssetFilesRelativeToTheDataRoot) {
  const Mjcf mjcf =
      Load(R"(<mujoco><asset><mesh name="m" file="../meshes/m.stl"/></asset></mujoco>)");
  EXPECT_THAT(mjcf.asset_files(), ElementsAre("meshes/m.stl"));
}

TEST_F(MjcfTest, PrefixesNamesOnceAndNothingElse) {
  const Mjcf mjcf = Load(R"(<mujoco><worldbody>
      <geom name="a" mesh="cup_m" type="mesh"/></worldbody></mujoco>)");
  AddPrefix(mjcf.root(), "cup_");
  const pugi::xml_node geom = mjcf.section("worldbody").child("geom");
  EXPECT_STREQ(geom.attribute("name").value(), "cup_a");
  EXPECT_STREQ(geom.attribute("mesh").value(), "cup_m");
  EXPECT_STREQ(geom.attribute("type").value(), "mesh");
}

TEST_F(MjcfTest, MergesAssetsOnceByTagAndName) {
  Mjcf world = Load(R"(<mujoco><asset><mesh name="m" file="a.stl"/></asset></mujoco>)");
  const Mjcf other = Load(R"(<mujoco><asset><mesh name="m" file="b.stl"/><texture name="m"/></asset>
      <worldbody><body name="b"/></worldbody><actuator><motor name="t"/></actuator></mujoco>)",
                          "models/other.xml");
  world.Merge(other, world.section("worldbody"));
  EXPECT_THAT(world.asset_files(), ElementsAre("models/a.stl"));
  EXPECT_TRUE(world.section("asset").child("texture"));
  EXPECT_TRUE(FindElement(world.root(), "body", "b"));
  EXPECT_TRUE(FindElement(world.root(), "motor", "t"));
}

TEST_F(MjcfTest, RecolorsOnlyCollisionGeoms) {
  const Mjcf mjcf = Load(R"(<mujoco><worldbody><geom name="floor"/><geom name="a" material="m"/>
      <geom name="b" group="0"/><geom name="v" group="1" material="m"/></worldbody></mujoco>)");
  RecolorCollisionGeoms(mjcf.section("worldbody"), "1 0 0 1", "floor");
  const auto rgba = [&](const char* name) {
    return std::string(FindElement(mjcf.root(), "geom", name).attribute("rgba").value());
  };
  EXPECT_EQ(rgba("floor"), "");
  EXPECT_EQ(rgba("a"), "1 0 0 1");
  EXPECT_EQ(rgba("b"), "1 0 0 1");
  EXPECT_EQ(rgba("v"), "");
  EXPECT_FALSE(FindElement(mjcf.root(), "geom", "a").attribute("material"));
}

TEST_F(MjcfTest, SaysWhereBadInputIs) {
  EXPECT_THAT([&] { (void)Mjcf::Load(folder_.path(), "models/none.xml"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("cannot read"), HasSubstr("models/none.xml"),
                                         HasSubstr("hint: "))));
  EXPECT_THAT([&] { Load("<mujoco>\n  <worldbody>\n</mujoco>"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("thing.xml"), HasSubstr("line 3"))));
  EXPECT_THAT([&] { Load("<robot/>"); },
              ThrowsMessage<Error>(HasSubstr("expected <mujoco>, got <robot>")));
  EXPECT_THAT([&] { Load(R"(<mujoco><worldbody><geom class="no"/></worldbody></mujoco>)"); },
              ThrowsMessage<Error>(HasSubstr("<geom> names the default class 'no'")));
  EXPECT_THAT([&] { (void)Load("<mujoco/>").root_body(); },
              ThrowsMessage<Error>(HasSubstr("expected one body in <worldbody>, got none")));
}

TEST(NumbersTest, ReadBackAsWritten) {
  const std::vector<double> numbers = {0.1, -1e-300, 1.0 / 3, 123456789.123456789, 0};
  EXPECT_EQ(ParseNumbers(FormatNumbers(numbers), "test"), numbers);
  EXPECT_THAT(ParseNumbers(" +1\t2e3\n ", "test"), ElementsAre(1.0, 2000.0));
  EXPECT_THAT([] { (void)ParseNumbers("1 2x", "site bottom"); },
              ThrowsMessage<Error>(HasSubstr("site bottom: expected a number, got '2x'")));
}

}  // namespace
}  // namespace libero
