#include "results/regenerate_command.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/base/hdf5_file.h"
#include "tasks/demo_file.h"
#include "tests/golden/hdf5_writer.h"
#include "tests/results/collected_demo.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kTask =
    "pick_up_the_black_bowl_between_the_plate_and_the_ramekin_and_place_it_on_the_plate";
constexpr const char* kGolden =
    LIBERO_GOLDEN_DIR "/demos/open_the_middle_drawer_of_the_cabinet_demo.hdf5";

class RegenerateCommandTest : public testing::Test {
 protected:
  // A file with one demonstration without pictures.
  static void SetUpTestSuite() {
    collected_ = std::make_unique<TestFolder>();
    CollectOneDemo(*collected_ / "demos");
  }
  static void TearDownTestSuite() { collected_.reset(); }

  static fs::path Collected() {
    return *collected_ / "demos" / (std::string(kTask) + "_demo.hdf5");
  }

  [[nodiscard]] RegenerateOptions Options(std::vector<fs::path> inputs) const {
    RegenerateOptions options;
    options.inputs = std::move(inputs);
    options.out = folder_ / "out";
    options.cameras = "none";
    options.data_root = LIBERO_DEPS_DIR;
    options.cache_folder = LIBERO_TEST_CACHE_DIR;
    return options;
  }

  int Run(const RegenerateOptions& options) {
    out_.str("");
    return RunRegenerateCommand(options, out_, log_);
  }

  [[nodiscard]] fs::path Output() const { return folder_ / "out" / Collected().filename(); }

  // The collected demonstration as demo_4, with actions that do nothing behind these steps.
  fs::path WithNoops(const std::vector<size_t>& steps) {
    const Demo demo = DemoFile(Collected()).Read(0);
    std::vector<double> actions;
    size_t num_actions = 0;
    const auto append = [&](const Action& action) {
      actions.insert(actions.end(), action.begin(), action.end());
      ++num_actions;
    };
    for (size_t t = 0; t < demo.actions.size(); ++t) {
      append(demo.actions[t]);
      if (std::ranges::find(steps, t) == steps.end()) continue;
      append({0, 0, 0, 0, 0, 5e-5, demo.actions[t][6]});
    }
    fs::create_directories(folder_ / "in");
    const fs::path path = folder_ / "in" / Collected().filename();
    Hdf5Writer writer(path);
    writer.F64("data/demo_4/actions", {num_actions, 7}, actions);
    writer.Attribute("data/demo_4", "init_state", demo.init_state);
    writer.Attribute("data/demo_4", "reset_index", demo.reset_index.value());
    writer.Attribute("data", "seed", 0);
    writer.Attribute("data", "settle_steps", demo.settle_steps.value());
    writer.Attribute("data", "settle_action",
                     std::vector<double>(demo.settle_action.begin(), demo.settle_action.end()));
    return path;
  }

  static std::unique_ptr<TestFolder> collected_;
  TestFolder folder_;
  std::ostringstream out_;
  std::ostringstream log_;
};

std::unique_ptr<TestFolder> RegenerateCommandTest::collected_;

// The actions that were added go, and everything else comes out as it was.
TEST_F(RegenerateCommandTest, DropsNoopsAndNothingElse) {
  RegenerateOptions options = Options({WithNoops({0, 10, 11, 50})});
  options.drop_noops = true;
  options.observations = "after_action";
  ASSERT_EQ(Run(options), 0);
  EXPECT_THAT(out_.str(), testing::ContainsRegex("demo.hdf5 +1 +0 +[0-9]+ +4\n"));
  const DemoFile file(Output());
  EXPECT_THAT(file.demo_numbers(), ElementsAre(4)) << "numbers are kept";
  const Demo expected = DemoFile(Collected()).Read(0);
  const Demo demo = file.Read(4);
  EXPECT_EQ(demo.actions, expected.actions);
  EXPECT_EQ(demo.states, expected.states);
  EXPECT_EQ(demo.final_state, expected.final_state);
  EXPECT_EQ(demo.init_state, expected.init_state);
  EXPECT_EQ(demo.success, expected.success);
  EXPECT_EQ(demo.model_file, expected.model_file);
  for (const char* name : {"robot_states", "obs/ee_states", "obs/joint_states"}) {
    EXPECT_EQ(Hdf5File(Output()).Read(std::string("data/demo_4/") + name, DType::kF64).data,
              Hdf5File(Collected()).Read(std::string("data/demo_0/") + name, DType::kF64).data)
        << name;
  }
}

TEST_F(RegenerateCommandTest, KeepsNoopsUnlessAsked) {
  const size_t num_steps = DemoFile(Collected()).Read(0).actions.size();
  ASSERT_EQ(Run(Options({WithNoops({num_steps - 1})})), 0) << "the goal still holds after it";
  EXPECT_EQ(DemoFile(Output()).Read(4).actions.size(), num_steps + 1);
}

TEST_F(RegenerateCommandTest, DrawsPicturesAnew) {
  RegenerateOptions options = Options({*collected_ / "demos"});
  options.cameras = "agentview";
  options.size = 24;
  options.renderer.name = "cpu";
  ASSERT_EQ(Run(options), 0);
  const Hdf5File file(Output());
  const int64_t num_steps = file.Shape("data/demo_0/actions")[0];
  EXPECT_THAT(file.Shape("data/demo_0/obs/agentview_rgb"), ElementsAre(num_steps, 24, 24, 3));
  EXPECT_EQ(file.ReadText("data", "observations"), "before_action");
  const auto joints = file.ReadRows("data/demo_0/obs/joint_states", DType::kF64, 1, 1);
  const auto before =
      Hdf5File(Collected()).ReadRows("data/demo_0/obs/joint_states", DType::kF64, 0, 1);
  EXPECT_EQ(joints.data, before.data) << "a step later than those after actions";
}

TEST_F(RegenerateCommandTest, DropsDemonstrationsThatFail) {
  EXPECT_EQ(Run(Options({kGolden})), 1);
  EXPECT_THAT(out_.str(), testing::ContainsRegex("drawer_of_the_cabinet_demo.hdf5 +0 +2 +-"));
  EXPECT_FALSE(fs::exists(folder_ / "out" / fs::path(kGolden).filename()));
}

TEST_F(RegenerateCommandTest, NotesWhatCameOfEach) {
  const auto read = [&](const std::string& name) {
    std::ifstream file(folder_ / "out" / name);
    return nlohmann::json::parse(file);
  };
  Run(Options({Collected(), kGolden}));
  const nlohmann::json spatial = read("libero_spatial_metainfo.json")[kTask];
  EXPECT_EQ(spatial.size(), 1);
  EXPECT_EQ(spatial["demo_0"]["success"], true);
  EXPECT_EQ(spatial["demo_0"]["initial_state"].get<std::vector<double>>(),
            DemoFile(Collected()).Read(0).init_state);
  const nlohmann::json goal =
      read("libero_goal_metainfo.json")["open_the_middle_drawer_of_the_cabinet"];
  EXPECT_EQ(goal.size(), 2) << "failures are noted too";
  for (const nlohmann::json& demo : goal) EXPECT_EQ(demo["success"], false);
}

TEST_F(RegenerateCommandTest, LeavesWhatIsThereAlready) {
  const RegenerateOptions options = Options({Collected()});
  ASSERT_EQ(Run(options), 0);
  const auto time = fs::last_write_time(Output());
  fs::remove(options.out / "DONE");
  EXPECT_EQ(Run(options), 0);
  EXPECT_THAT(out_.str(), HasSubstr("there already"));
  EXPECT_EQ(fs::last_write_time(Output()), time);
  RegenerateOptions other = options;
  other.size = 128;
  EXPECT_THAT([&] { Run(other); }, ThrowsMessage<Error>(HasSubstr("size: 256 → 128")));
}

TEST_F(RegenerateCommandTest, RefusesBadOptionsAndFiles) {
  const auto expect_refused = [&](const RegenerateOptions& options, const std::string& message) {
    EXPECT_THAT([&] { Run(options); }, ThrowsMessage<Error>(HasSubstr(message)));
    EXPECT_FALSE(fs::exists(folder_ / "out")) << message;
  };
  RegenerateOptions options = Options({folder_ / "none.hdf5"});
  expect_refused(options, "none.hdf5: no such file");
  fs::create_directories(folder_ / "empty");
  expect_refused(Options({folder_ / "empty"}), "empty: there is no file *.hdf5 in it");
  expect_refused(Options({Collected(), Collected()}), "another input has this name too");
  options = Options({Collected()});
  options.size = 0;
  expect_refused(options, "--size: expected 1 to 4096, got 0");
  options = Options({Collected()});
  options.settle_steps = -1;
  expect_refused(options, "--settle-steps: expected 0 to");
  options = Options({Collected()});
  options.cameras = "backview_";
  expect_refused(options, "--cameras: there is no camera 'backview_'");
  options = Options({Collected()});
  options.scene = "modle";
  expect_refused(options, "--scene: expected protocol or model, got 'modle'");
  options = Options({Collected()});
  options.out = Collected().parent_path();
  EXPECT_THAT([&] { Run(options); },
              ThrowsMessage<Error>(HasSubstr("it would be replaced by itself")));
}

}  // namespace
}  // namespace libero
