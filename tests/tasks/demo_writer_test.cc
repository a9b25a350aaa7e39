#include "tasks/demo_writer.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tasks/demo_file.h"
#include "tests/golden/hdf5_listing.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::ElementsAre;

// Two steps, two small cameras, three numbers of state.
RecordedDemo SmallDemo() {
  RecordedDemo demo;
  demo.init_state = {0, 1, 2};
  demo.states = {1, 2, 3, 4, 5, 6};
  demo.final_state = {7, 8, 9};
  demo.actions = {{0.5, 0, 0, 0, 0, 0, -1}, {-0.5, 0, 0, 0, 0, 0, 1}};
  demo.success = {0, 1};
  demo.joint_states.assign(14, 0.25);
  demo.gripper_states = {1, 2, 3, 4};
  demo.ee_states = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  demo.robot_states.assign(18, 0.5);
  for (const char* name : {"agentview", "eye_in_hand"}) {
    RecordedCamera& camera = demo.cameras.emplace_back();
    camera.frame.camera = name;
    camera.frame.width = camera.frame.height = 3;
    camera.dataset = std::string(name) + "_rgb";
  }
  const DeflatedChunk picture = Deflate(std::vector<uint8_t>(27, 200), kPictureGzipLevel);
  demo.pictures = {{picture, picture}, {picture, picture}};
  demo.model_file = "<mujoco/>";
  demo.reset_index = 51;
  return demo;
}

class DemoWriterTest : public testing::Test {
 protected:
  DemoWriterTest() {
    const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
    info_.task = FindSuite(suites, "libero_goal").tasks[7];
    info_.problem = LoadProblem(info_.task.bddl_path);
    info_.seed = 3;
    info_.settle_steps = 10;
    info_.settle_action = {0, 0, 0, 0, 0, 0, -1};
    info_.cameras = SmallDemo().cameras;
    info_.policy = "expert";
  }

  std::string Write(const RecordedDemo& demo) {
    Hdf5Output file(path_);
    file.AddGroup("data");
    WriteDemoFileInfo(file, info_, 1, static_cast<int64_t>(demo.num_steps()));
    WriteDemo(file, "data/demo_0", demo);
    file.Finish();
    return path_.string();
  }

  TestFolder folder_;
  std::filesystem::path path_ = folder_ / "turn_on_the_stove_demo.hdf5";
  DemoFileInfo info_;
};

// Every name, type, shape, chunk and attribute that the file has.
TEST_F(DemoWriterTest, WritesLiberosSchema) {
  EXPECT_THAT(
      ListHdf5(Write(SmallDemo())),
      ElementsAre("data/ @bddl_file_content text", "data/ @bddl_file_name text",
                  "data/ @env_args text", "data/ @env_name text",
                  "data/ @macros_image_convention text", "data/ @num_demos i64 ()",
                  "data/ @observations text", "data/ @policy text", "data/ @problem_info text",
                  "data/ @seed i64 ()", "data/ @settle_action f64 (7)",
                  "data/ @settle_steps i64 ()", "data/ @step_mode text", "data/ @total i64 ()",  //
                  "data/demo_0/ @init_state f64 (3)", "data/demo_0/ @model_file text",           //
                  "data/demo_0/ @num_samples i64 ()", "data/demo_0/ @reset_index i64 ()",        //
                  "data/demo_0/actions f64 (2, 7) chunks (2, 7) gzip",                           //
                  "data/demo_0/dones u8 (2) chunks (2) gzip",                                    //
                  "data/demo_0/final_state f64 (3)",                                             //
                  "data/demo_0/obs/agentview_rgb u8 (2, 3, 3, 3) chunks (1, 3, 3, 3) gzip",      //
                  "data/demo_0/obs/ee_ori f64 (2, 3) chunks (2, 3) gzip",                        //
                  "data/demo_0/obs/ee_pos f64 (2, 3) chunks (2, 3) gzip",                        //
                  "data/demo_0/obs/ee_states f64 (2, 6) chunks (2, 6) gzip",                     //
                  "data/demo_0/obs/eye_in_hand_rgb u8 (2, 3, 3, 3) chunks (1, 3, 3, 3) gzip",    //
                  "data/demo_0/obs/gripper_states f64 (2, 2) chunks (2, 2) gzip",                //
                  "data/demo_0/obs/joint_states f64 (2, 7) chunks (2, 7) gzip",                  //
                  "data/demo_0/rewards u8 (2) chunks (2) gzip",                                  //
                  "data/demo_0/robot_states f64 (2, 9) chunks (2, 9) gzip",                      //
                  "data/demo_0/states f64 (2, 3) chunks (2, 3) gzip",                            //
                  "data/demo_0/success u8 (2) chunks (2) gzip"));
}

TEST_F(DemoWriterTest, TheReaderReadsIt) {
  const DemoFile file(Write(SmallDemo()));
  EXPECT_EQ(file.seed(), 3U);
  EXPECT_EQ(file.controller(), OscKind::kPose);
  EXPECT_EQ(file.mode(), StepMode::kReference);
  EXPECT_EQ(FindDemoTask(file, LoadSuites(LIBERO_DEPS_DIR)).suite, "libero_goal");
  const Demo demo = file.Read(0);
  EXPECT_THAT(demo.actions[1], ElementsAre(-0.5, 0, 0, 0, 0, 0, 1));
  EXPECT_THAT(demo.states, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(demo.init_state, ElementsAre(0, 1, 2));
  EXPECT_THAT(demo.final_state, ElementsAre(7, 8, 9));
  EXPECT_THAT(demo.success, ElementsAre(0, 1));
  EXPECT_EQ(demo.reset_index, 51);
  EXPECT_EQ(demo.init_index, std::nullopt);
  EXPECT_EQ(demo.settle_steps, 10);
  EXPECT_THAT(demo.settle_action, ElementsAre(0, 0, 0, 0, 0, 0, -1));
  EXPECT_EQ(demo.model_file, "<mujoco/>");
}

TEST_F(DemoWriterTest, WritesWhatRobomimicAsksFor) {
  const Hdf5File file(Write(SmallDemo()));
  const auto env_args = nlohmann::json::parse(file.ReadText("data", "env_args"));
  EXPECT_EQ(env_args["type"], 1);
  EXPECT_EQ(env_args["env_name"], "Libero_Tabletop_Manipulation");
  EXPECT_EQ(env_args["problem_name"], "libero_tabletop_manipulation");
  EXPECT_EQ(env_args["bddl_file"], "bddl_files/libero_goal/turn_on_the_stove.bddl");
  const auto& kwargs = env_args["env_kwargs"];
  EXPECT_EQ(kwargs["controller_configs"]["type"], "OSC_POSE");
  EXPECT_EQ(kwargs["controller_configs"]["output_min"][3], -0.5);
  EXPECT_EQ(kwargs["camera_heights"], 3);
  EXPECT_EQ(kwargs["control_freq"], 20);
  const auto problem = nlohmann::json::parse(file.ReadText("data", "problem_info"));
  EXPECT_EQ(problem["language_instruction"], "turn on the stove");
  EXPECT_EQ(problem["domain_name"], "robosuite");
  std::ifstream bddl(info_.task.bddl_path);
  EXPECT_EQ(file.ReadText("data", "bddl_file_content"),
            std::string(std::istreambuf_iterator<char>(bddl), {}));
}

TEST_F(DemoWriterTest, SplitsTheHandsStates) {
  const Hdf5File file(Write(SmallDemo()));
  EXPECT_THAT(file.Read("data/demo_0/obs/ee_pos", DType::kF64).values<double>(),
              ElementsAre(1, 2, 3, 7, 8, 9));
  EXPECT_THAT(file.Read("data/demo_0/obs/ee_ori", DType::kF64).values<double>(),
              ElementsAre(4, 5, 6, 10, 11, 12));
  EXPECT_THAT(file.Read("data/demo_0/dones", DType::kU8).values<uint8_t>(), ElementsAre(0, 1));
}

TEST_F(DemoWriterTest, NeedsNoPictures) {
  RecordedDemo demo = SmallDemo();
  demo.cameras.clear();
  demo.pictures.clear();
  demo.init_index = 4;
  info_.cameras.clear();
  const Hdf5File file(Write(demo));
  EXPECT_THAT(file.Names("data/demo_0/obs"),
              ElementsAre("ee_ori", "ee_pos", "ee_states", "gripper_states", "joint_states"));
  EXPECT_EQ(DemoFile(path_).Read(0).init_index, 4);
}

}  // namespace
}  // namespace libero
