#include "tasks/predicates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/model.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kProblem = R"((define (problem LIBERO_Tabletop_Manipulation)
  (:domain robosuite)
  (:language test)
  (:regions
    (spot (:target main_table) (:ranges ((-0.1 -0.05 0.1 0.05))))
    (top_region (:target cabinet_1))
    (top_side (:target cabinet_1))
    (attic (:target cabinet_1))
    (odd_site (:target cabinet_1))
    (slot (:target cabinet_1))
  )
  (:fixtures main_table - table cabinet_1 - wooden_cabinet stove_1 - flat_stove
    fridge_1 - short_fridge rack_1 - wine_rack)
  (:objects bowl_1 - akita_black_bowl)
  (:obj_of_interest bowl_1)
  (:init (On bowl_1 main_table_spot))
  (:goal (And (On bowl_1 main_table_spot)))
))";

// The bowl is a ball of radius 20 mm with a larger visual geom that collides as well; the cabinet
// is a flat box with sites that are turned about z or x by 90°. Nothing else collides.
constexpr const char* kModel = R"(<mujoco>
  <compiler angle="degree" autolimits="true"/>
  <worldbody>
    <site name="main_table_spot" type="box" size="0.1 0.05 0.007" pos="2 0 1"/>
    <body name="bowl_1_main"><freejoint name="bowl_1_joint0"/>
      <geom name="bowl_1_g0" size="0.02" group="0" contype="1" conaffinity="2"/>
      <geom name="bowl_1_g1" size="0.04" group="1" contype="4" conaffinity="8"/></body>
    <body name="cabinet_1_main">
      <geom name="cabinet_1_g0" type="box" size="0.3 0.3 0.01" contype="2" conaffinity="1"/>
      <geom name="cabinet_1_g1" type="box" size="0.3 0.3 0.01" contype="8" conaffinity="4"/>
      <site name="cabinet_1_top_side" type="box" size="0.2 0.1 0.01" euler="0 0 90"/>
      <site name="cabinet_1_slot" type="box" size="0.1 0.05 0.02" pos="0 0 0.029" euler="90 0 0"/>
      <body name="cabinet_1_top"><joint name="cabinet_1_top" type="slide" range="-0.2 0.01"/>
        <geom name="cabinet_1_g2" size="0.01" pos="0 0 5" contype="0" conaffinity="0"/>
        <site name="cabinet_1_top_region" type="box" size="0.1 0.05 0.02" pos="0 0 0.5"
              euler="90 0 0"/></body>
      <body name="cabinet_1_bottom"><joint name="cabinet_1_bottom" type="slide"/>
        <geom name="cabinet_1_g3" size="0.01" pos="0 0 5" contype="0" conaffinity="0"/></body>
    </body>
    <body name="stove_1_main">
      <geom name="stove_1_g0" size="0.1" contype="0" conaffinity="0"/>
      <body name="stove_1_knob"><joint name="stove_1_knob"/>
        <geom name="stove_1_g1" size="0.1" contype="0" conaffinity="0"/></body></body>
    <body name="fridge_1_main">
      <geom name="fridge_1_g0" size="0.1" contype="0" conaffinity="0"/>
      <body name="fridge_1_door"><joint name="fridge_1_door"/>
        <geom name="fridge_1_g1" size="0.1" contype="0" conaffinity="0"/></body></body>
    <body name="rack_1_main">
      <geom name="rack_1_g0" size="0.1" contype="0" conaffinity="0"/></body>
  </worldbody></mujoco>)";

ObjectModel MakeObject(const std::string& name, bool is_fixture, std::vector<std::string> joints) {
  ObjectModel object;
  object.name = name;
  object.is_fixture = is_fixture;
  object.root_body = name + "_main";
  object.joints = std::move(joints);
  object.contact_geoms = {name + "_g0"};
  return object;
}

class PredicateCheckerTest : public testing::Test {
 protected:
  PredicateCheckerTest() : problem_(ParseProblem(kProblem, "a.bddl")) {
    objects_.push_back(MakeObject("bowl_1", false, {"bowl_1_joint0"}));
    objects_.push_back(MakeObject("cabinet_1", true, {"cabinet_1_top", "cabinet_1_bottom"}));
    objects_.back().part_sites = {{"cabinet_1_top_side", {}, {0.2, 0.1, 0.01}},
                                  {"cabinet_1_top_region", {"cabinet_1_top"}, {0.1, 0.05, 0.02}},
                                  {"cabinet_1_slot", {}, {0.1, 0.05, 0.02}},
                                  {"cabinet_1_odd_site", {}, {0.1}}};
    objects_.push_back(MakeObject("stove_1", true, {"stove_1_knob"}));
    objects_.push_back(MakeObject("fridge_1", true, {"fridge_1_door"}));
    objects_.push_back(MakeObject("rack_1", true, {}));
    mjSpec* spec = mj_parseXMLString(kModel, nullptr, error_, sizeof(error_));
    model_.reset(spec == nullptr ? nullptr : mj_compile(spec, nullptr));
    mj_deleteSpec(spec);
  }

  bool Holds(const std::string& name, const std::vector<std::string>& arguments) {
    const PredicateChecker checker(problem_, {{name, arguments, {}, {}}}, objects_, *model_);
    return checker.Holds(world(), 0);
  }

  std::string ErrorOf(const std::string& name, const std::vector<std::string>& arguments) {
    std::vector<SourcePosition> positions(arguments.size());
    for (int i = 0; i < static_cast<int>(arguments.size()); ++i) {
      positions[static_cast<size_t>(i)] = {7, 10 + i};
    }
    try {
      const PredicateChecker checker(problem_, {{name, arguments, {7, 3}, positions}}, objects_,
                                     *model_);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  World& world() {
    if (!world_) world_ = std::make_unique<World>(*model_);
    return *world_;
  }

  void PutBowl(double x, double y, double z) {
    const double p[] = {x, y, z};
    std::ranges::copy(p, world().data().qpos);
    world().Forward();
  }

  void SetJoint(const std::string& joint, double q) {
    const int id = mj_name2id(model_.get(), mjOBJ_JOINT, joint.c_str());
    world().data().qpos[model_->jnt_qposadr[id]] = q;
  }

  Problem problem_;
  std::vector<ObjectModel> objects_;
  char error_[500] = "";
  MjModelPtr model_;
  std::unique_ptr<World> world_;
};

TEST_F(PredicateCheckerTest, OnAnObjectNeedsHeightNearnessAndTouch) {
  PutBowl(0.018, 0.0239, 0.0299);
  EXPECT_TRUE(Holds("on", {"bowl_1", "cabinet_1"}));
  EXPECT_FALSE(Holds("on", {"cabinet_1", "bowl_1"}));  // it is lower
  PutBowl(0.018, 0.0241, 0.0299);
  EXPECT_FALSE(Holds("on", {"bowl_1", "cabinet_1"}));  // 30.1 mm beside
  PutBowl(0, 0, 0);
  EXPECT_TRUE(Holds("on", {"bowl_1", "cabinet_1"}));  // equal heights suffice
  PutBowl(0, 0, -1e-9);
  EXPECT_FALSE(Holds("on", {"bowl_1", "cabinet_1"}));
}

TEST_F(PredicateCheckerTest, GeomsOfOtherGroupsDoNotTouch) {
  PutBowl(0, 0, 0.045);
  ASSERT_EQ(world().data().ncon, 1);  // of the visual geoms
  EXPECT_FALSE(Holds("on", {"bowl_1", "cabinet_1"}));
}

TEST_F(PredicateCheckerTest, OnAPartNeedsTouchAndTurnsOffsetsAsTheSiteIsTurned) {
  // turned by 90° about z: d = (−y, x), so |y| < 0.2 and |x| < 0.1
  PutBowl(0, 0.15, 0.029);
  EXPECT_TRUE(Holds("on", {"bowl_1", "cabinet_1_top_side"}));
  PutBowl(0.15, 0, 0.029);
  EXPECT_FALSE(Holds("on", {"bowl_1", "cabinet_1_top_side"}));
  PutBowl(0, 0.15, 0.031);
  EXPECT_FALSE(Holds("on", {"bowl_1", "cabinet_1_top_side"}));  // no contact
  PutBowl(0, 0.15, 0.004);
  EXPECT_FALSE(Holds("on", {"bowl_1", "cabinet_1_top_side"}));  // too low
}

TEST_F(PredicateCheckerTest, OnUsesTheSitesRotationInsteadOfItsInverse) {
  // turned by 90° about x: R (x, y, z) = (x, −z, y), so what is beside it in +y counts as above;
  // the inverse would make it −y
  PutBowl(0, 0.08, 0.029);
  EXPECT_TRUE(Holds("on", {"bowl_1", "cabinet_1_slot"}));
  PutBowl(0, -0.08, 0.029);
  EXPECT_FALSE(Holds("on", {"bowl_1", "cabinet_1_slot"}));
}

TEST_F(PredicateCheckerTest, OnARegionOfTheWorkspaceNeedsNoTouch) {
  PutBowl(2.099, -0.049, 1.1069);
  EXPECT_TRUE(Holds("on", {"bowl_1", "main_table_spot"}));
  PutBowl(2.099, -0.049, 1.1071);
  EXPECT_FALSE(Holds("on", {"bowl_1", "main_table_spot"}));
  PutBowl(2.099, -0.051, 1.05);
  EXPECT_FALSE(Holds("on", {"bowl_1", "main_table_spot"}));
  PutBowl(2, 0, 1.0019);
  EXPECT_FALSE(Holds("on", {"bowl_1", "main_table_spot"}));
  PutBowl(2, 0, 1.0021);
  EXPECT_TRUE(Holds("on", {"bowl_1", "main_table_spot"}));
}

TEST_F(PredicateCheckerTest, InASiteIsABoxInTheWorldsAxesThatIsDeeperBelow) {
  // half size in the world's axes: (0.1, 0.02, 0.05) around z = 0.5
  const std::vector<std::string> arguments = {"bowl_1", "cabinet_1_top_region"};
  PutBowl(0.099, 0.019, 0.549);
  EXPECT_TRUE(Holds("in", arguments));
  PutBowl(0.101, 0, 0.5);
  EXPECT_FALSE(Holds("in", arguments));
  PutBowl(0, 0.021, 0.5);
  EXPECT_FALSE(Holds("in", arguments));
  PutBowl(0, 0, 0.551);
  EXPECT_FALSE(Holds("in", arguments));
  PutBowl(0, 0, 0.4401);
  EXPECT_TRUE(Holds("in", arguments));
  PutBowl(0, 0, 0.4399);
  EXPECT_FALSE(Holds("in", arguments));
}

TEST_F(PredicateCheckerTest, ADrawerAtRestIsNeitherOpenNorClosed) {
  const std::vector<std::string> drawer = {"cabinet_1_top_region"};
  SetJoint("cabinet_1_top", 0);
  EXPECT_FALSE(Holds("close", drawer));
  EXPECT_FALSE(Holds("open", drawer));
  SetJoint("cabinet_1_top", 1e-300);
  EXPECT_TRUE(Holds("close", drawer));
  SetJoint("cabinet_1_top", -0.14);
  EXPECT_FALSE(Holds("open", drawer));
  SetJoint("cabinet_1_top", std::nextafter(-0.14, -1));
  EXPECT_TRUE(Holds("open", drawer));
}

TEST_F(PredicateCheckerTest, ACabinetIsOpenWithOneDrawerAndClosedWithAll) {
  SetJoint("cabinet_1_top", 0.001);
  SetJoint("cabinet_1_bottom", -0.15);
  EXPECT_TRUE(Holds("open", {"cabinet_1"}));
  EXPECT_FALSE(Holds("close", {"cabinet_1"}));
  SetJoint("cabinet_1_bottom", 0.001);
  EXPECT_TRUE(Holds("close", {"cabinet_1"}));
}

TEST_F(PredicateCheckerTest, AFridgeOpensTheOtherWay) {
  SetJoint("fridge_1_door", 2.0);
  EXPECT_FALSE(Holds("open", {"fridge_1"}));
  SetJoint("fridge_1_door", 2.1);
  EXPECT_TRUE(Holds("open", {"fridge_1"}));
  SetJoint("fridge_1_door", -0.1);
  EXPECT_TRUE(Holds("close", {"fridge_1"}));
}

TEST_F(PredicateCheckerTest, AStoveIsOnFromItsBoundAndOffOnlyBelowZero) {
  SetJoint("stove_1_knob", 0.5);
  EXPECT_TRUE(Holds("turnon", {"stove_1"}));
  SetJoint("stove_1_knob", std::nextafter(0.5, 0));
  EXPECT_FALSE(Holds("turnon", {"stove_1"}));
  EXPECT_FALSE(Holds("turnoff", {"stove_1"}));
  SetJoint("stove_1_knob", 0);
  EXPECT_FALSE(Holds("turnoff", {"stove_1"}));
  SetJoint("stove_1_knob", -1e-300);
  EXPECT_TRUE(Holds("turnoff", {"stove_1"}));
}

TEST_F(PredicateCheckerTest, WhatHasNoJointsIsAlwaysClosedAndOff) {
  EXPECT_FALSE(Holds("open", {"rack_1"}));
  EXPECT_TRUE(Holds("close", {"rack_1"}));
  EXPECT_FALSE(Holds("turnon", {"rack_1"}));
  EXPECT_TRUE(Holds("turnoff", {"rack_1"}));
  EXPECT_FALSE(Holds("open", {"cabinet_1_top_side"}));
  EXPECT_TRUE(Holds("close", {"cabinet_1_top_side"}));
}

TEST_F(PredicateCheckerTest, UpIsAHeightInTheWorld) {
  PutBowl(0, 0, 1.0);
  EXPECT_TRUE(Holds("up", {"bowl_1"}));
  PutBowl(0, 0, 0.999);
  EXPECT_FALSE(Holds("up", {"bowl_1"}));
  EXPECT_TRUE(Holds("up", {"main_table_spot"}));
  EXPECT_FALSE(Holds("up", {"cabinet_1_top_region"}));
}

TEST_F(PredicateCheckerTest, AllHoldIsTheConjunction) {
  PutBowl(2, 0, 1.05);
  const PredicateChecker checker(
      problem_, {{"up", {"bowl_1"}, {}, {}}, {"close", {"cabinet_1_top_region"}, {}, {}}}, objects_,
      *model_);
  SetJoint("cabinet_1_top", 0);
  EXPECT_THAT(checker.Values(world()), testing::ElementsAre(true, false));
  EXPECT_FALSE(checker.AllHold(world()));
  SetJoint("cabinet_1_top", 0.01);
  EXPECT_TRUE(checker.AllHold(world()));
}

// Cases of tests/golden/record_predicates.py in which rounding decides.
TEST_F(PredicateCheckerTest, RoundsAsNumpyDoes) {
  PutBowl(0, 0, 0);  // in touch with the cabinet
  mjData& data = world().data();
  const int site = mj_name2id(model_.get(), mjOBJ_SITE, "main_table_spot");
  const int cabinet = mj_name2id(model_.get(), mjOBJ_BODY, "cabinet_1_main");
  const int bowl = mj_name2id(model_.get(), mjOBJ_BODY, "bowl_1_main");
  const auto read = [](std::istream& words, double* values, int num_values) {
    for (int i = 0; i < num_values; ++i) {
      std::string word;
      words >> word;
      values[i] = std::strtod(word.c_str(), nullptr);  // >> does not read hexadecimal floats
    }
  };
  std::ifstream file(LIBERO_GOLDEN_DIR "/predicates/edges.txt");
  int num_cases = 0;
  for (std::string line; std::getline(file, line); ++num_cases) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "near") {
      read(words, data.xpos + 3 * cabinet, 3);
    } else {
      read(words, data.site_xmat + 9 * site, 9);
      read(words, data.site_xpos + 3 * site, 3);
    }
    read(words, data.xpos + 3 * bowl, 3);
    int truth = -1;
    words >> truth;
    const bool holds = kind == "near" ? Holds("on", {"bowl_1", "cabinet_1"})
                                      : Holds(kind, {"bowl_1", "main_table_spot"});
    EXPECT_EQ(holds, truth == 1) << line;
  }
  EXPECT_EQ(num_cases, 96);
}

TEST_F(PredicateCheckerTest, RefusesWhatCannotBeEvaluated) {
  EXPECT_THAT(ErrorOf("on", {"bowl_2", "cabinet_1"}),
              StartsWith("a.bddl:7:10: error: 'on' needs an object here, 'bowl_2' is none"));
  EXPECT_THAT(ErrorOf("in", {"cabinet_1_top_region", "cabinet_1_top_region"}),
              HasSubstr("needs an object here, 'cabinet_1_top_region' is none"));
  EXPECT_THAT(ErrorOf("on", {"bowl_1", "main_table"}),
              StartsWith("a.bddl:7:11: error: 'main_table' is neither an object nor a region"));
  EXPECT_THAT(
      ErrorOf("on", {"bowl_1", "cabinet_1_attic"}),
      StartsWith("a.bddl:7:11: error: 'cabinet_1_attic' is neither an object nor a region"));
  EXPECT_THAT(ErrorOf("in", {"bowl_1", "cabinet_1"}),
              StartsWith("a.bddl:7:11: error: nothing can be in the object 'cabinet_1' itself"));
  EXPECT_THAT(ErrorOf("in", {"bowl_1", "cabinet_1_odd_site"}),
              HasSubstr("expected a site with 3 sizes, got 1"));
  EXPECT_THAT(ErrorOf("open", {"stove_1"}),
              StartsWith("a.bddl:7:3: error: 'open' is no state that a 'flat_stove' can have"));
  EXPECT_THAT(ErrorOf("turnon", {"cabinet_1_top_region"}), HasSubstr("needs an object here"));
  EXPECT_THAT(ErrorOf("open", {"bowl_1"}), HasSubstr("'open' is no state"));
  EXPECT_THAT(ErrorOf("open", {"main_table_spot"}),
              HasSubstr("is neither an object nor a region of one"));
  EXPECT_THAT(ErrorOf("on", {"bowl_1"}), HasSubstr("'on': expected 2 arguments, got 1"));
  EXPECT_THAT(ErrorOf("above", {"bowl_1"}), HasSubstr("unknown predicate 'above'"));
}

}  // namespace
}  // namespace libero
