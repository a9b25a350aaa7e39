#include "tasks/inspect_command.h"

#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/golden/hdf5_writer.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

class InspectCommandTest : public testing::Test {
 protected:
  // A file with everything that LIBERO's have, five steps.
  static void WriteWhole(Hdf5Writer& w, int number = 0) {
    const std::string group = "data/demo_" + std::to_string(number);
    std::vector<double> actions;
    for (int t = 0; t < 5; ++t) {
      actions.insert(actions.end(), {0.1 * t, 0, 0, 0, 0, 0, t < 2 ? -1.0 : 1.0});
    }
    w.F64(group + "/actions", {5, 7}, actions);
    w.F64(group + "/states", {5, 2}, std::vector<double>(10));
    w.F64(group + "/robot_states", {5, 9}, std::vector<double>(45));
    w.U8(group + "/rewards", {5}, std::vector<uint8_t>(5));
    w.U8(group + "/dones", {5}, std::vector<uint8_t>(5));
    for (const char* name : {"agentview_rgb", "eye_in_hand_rgb"}) {
      std::vector<uint8_t> bytes(15);
      for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
      w.U8(group + "/obs/" + name, {5, 1, 1, 3}, bytes);
    }
    const std::vector<std::pair<std::string, uint64_t>> fields = {
        {"ee_states", 6}, {"ee_pos", 3}, {"ee_ori", 3}, {"gripper_states", 2}, {"joint_states", 7}};
    for (const auto& [name, width] : fields) {
      w.F64(group + "/obs/" + name, {5, width}, std::vector<double>(5 * width));
    }
    w.Attribute(group, "model_file", std::string("<mujoco/>"));
    w.Attribute(group, "init_state", std::vector<double>(2));
  }
  static void WriteAttributes(Hdf5Writer& w, int num_demos, int total) {
    w.Attribute("data", "num_demos", num_demos);
    w.Attribute("data", "total", total);
    w.Attribute("data", "bddl_file_name", std::string("libero_goal/turn_on_the_stove.bddl"));
    w.Attribute("data", "env_args", std::string("{}"));
    w.Attribute("data", "problem_info", std::string(100, 'x'));
  }

  std::string Inspect(int expected_status, const std::function<void(Hdf5Writer&)>& write) {
    {
      Hdf5Writer writer(path_);
      write(writer);
    }
    std::ostringstream out;
    EXPECT_EQ(RunInspectCommand({.data_root = LIBERO_DEPS_DIR, .file = path_, .json = json_}, out),
              expected_status);
    return out.str();
  }

  TestFolder folder_;
  bool json_ = false;
  std::filesystem::path path_ = folder_ / "turn_on_the_stove_demo.hdf5";
};

TEST_F(InspectCommandTest, SaysWhatIsThere) {
  EXPECT_THAT(Inspect(0,
                      [](Hdf5Writer& w) {
                        WriteWhole(w);
                        WriteAttributes(w, 1, 5);
                      }),
              AllOf(HasSubstr("task      libero_goal 7 (turn_on_the_stove)"),
                    HasSubstr("sentence  turn on the stove"), HasSubstr("x… (100 characters)"),
                    HasSubstr("obs/agentview_rgb"), HasSubstr("(5, 1, 1, 3)"),
                    HasSubstr("1 demonstrations (0), 5 steps: shortest 5, median 5, longest 5"),
                    // q01 and q99 of 0, 0.1, 0.2, 0.3, 0.4 as numpy has them
                    HasSubstr("x         0.0000   0.0040  0.2000  0.1414  0.3960  0.4000"),
                    HasSubstr("1 actions do nothing"), HasSubstr("no problems found")));
}

TEST_F(InspectCommandTest, FindsProblems) {
  const std::string text = Inspect(1, [](Hdf5Writer& w) {
    WriteWhole(w, 0);
    WriteWhole(w, 3);
    WriteAttributes(w, 1, 11);
    w.F64("data/demo_5/actions", {1, 7}, {2, 0, 0, 0, 0, 0, 0});
    w.F64("data/demo_5/obs/ee_pos", {2, 3}, std::vector<double>(6));
    w.F64("data/demo_5/obs/ee_ori", {1, 3}, {0, NAN, 0});
    w.U8("data/demo_5/obs/agentview_rgb", {1, 1, 1, 3}, {7, 7, 7});
    w.U8("data/demo_5/success", {1}, {0});
    w.F64("data/demo_6/actions", {1, 6}, std::vector<double>(6));
  });
  EXPECT_THAT(text,
              AllOf(HasSubstr("num_demos: expected 4, got 1"), HasSubstr("have gaps: 0,3,5,6"),
                    HasSubstr("actions are not all in [-1, 1] (demonstrations 5)"),
                    HasSubstr("/data/demo_5/obs/ee_pos: expected (1, 3), got (2, 3)"),
                    HasSubstr("numbers that are not finite in obs/ee_ori"),
                    HasSubstr("pictures of one colour in obs/agentview_rgb"),
                    HasSubstr("there is no dataset states (demonstrations 5)"),
                    HasSubstr("the goal does not hold after the last action")));
  EXPECT_THAT(text, HasSubstr("/data/demo_6/actions: wrong action size: expected (T, 7)"));
  EXPECT_THAT(text, Not(HasSubstr("total: expected")));
}

TEST_F(InspectCommandTest, SaysTheSameAsJson) {
  json_ = true;
  const auto report = nlohmann::json::parse(Inspect(1, [](Hdf5Writer& w) {
    WriteWhole(w, 0);
    WriteWhole(w, 3);
    WriteAttributes(w, 2, 11);
  }));
  EXPECT_EQ(report["task"]["suite"], "libero_goal");
  EXPECT_EQ(report["task"]["sentence"], "turn on the stove");
  EXPECT_EQ(report["attributes"]["num_demos"], 2);
  EXPECT_EQ(report["attributes"]["problem_info"], std::string(100, 'x')) << "texts are whole";
  EXPECT_EQ(report["demos"], nlohmann::json({0, 3}));
  EXPECT_EQ(report["first_demo"]["datasets"]["obs/agentview_rgb"]["shape"],
            nlohmann::json({5, 1, 1, 3}));
  EXPECT_EQ(report["first_demo"]["attributes"]["init_state"], nlohmann::json({0, 0}));
  EXPECT_EQ(report["lengths"], nlohmann::json({5, 5}));
  EXPECT_DOUBLE_EQ(report["actions"]["x"]["q99"].get<double>(), 0.4);
  EXPECT_EQ(report["actions"].size(), 7);
  EXPECT_EQ(report["num_noops"], 2);
  ASSERT_EQ(report["problems"].size(), 2);
  EXPECT_THAT(report["problems"][0]["text"].get<std::string>(),
              HasSubstr("total: expected 10, got 11"));
  EXPECT_EQ(report["problems"][0]["demos"], nlohmann::json::array());
}

TEST_F(InspectCommandTest, RefusesOtherFiles) {
  std::ostringstream out;
  EXPECT_THAT(
      [&] {
        RunInspectCommand({.data_root = LIBERO_DEPS_DIR,
                           .file = LIBERO_DEPS_DIR "/libero/libero_suite_task_map.py"},
                          out);
      },
      ThrowsMessage<Error>(HasSubstr("not an HDF5 file")));
}

}  // namespace
}  // namespace libero
