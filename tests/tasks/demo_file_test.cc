#include "tasks/demo_file.h"

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/golden/hdf5_writer.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

const std::vector<double> kTwoActions = {1, 2, 3, 4, 5, 6, 7, -1, -2, -3, -4, -5, -6, -7};

class DemoFileTest : public testing::Test {
 protected:
  // A file of this name with these contents.
  fs::path Written(const std::function<void(Hdf5Writer&)>& write,
                   const std::string& name = "some_demo.hdf5") {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    Hdf5Writer writer(path);
    write(writer);
    return path;
  }

  // The message about demo_0 of a file with two actions and what `write` adds.
  std::string MessageAbout(const std::function<void(Hdf5Writer&)>& write) {
    const DemoFile file(Written([&](Hdf5Writer& writer) {
      writer.F64("data/demo_0/actions", {2, 7}, kTwoActions);
      write(writer);
    }));
    try {
      (void)file.Read(0);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  TestFolder folder_;
  std::vector<Suite> suites_ = LoadSuites(LIBERO_DEPS_DIR);
};

TEST_F(DemoFileTest, ReadsEverythingThatReplaysNeed) {
  const DemoFile file(Written([](Hdf5Writer& writer) {
    writer.Compressed("data/demo_3/actions", {2, 7}, kTwoActions);
    writer.F64("data/demo_3/states", {2, 3}, {0, 1, 2, 3, 4, 5});
    writer.F64("data/demo_3/final_state", {3}, {6, 7, 8});
    writer.U8("data/demo_3/success", {2}, {0, 1});
    writer.Attribute("data/demo_3", "init_state", std::vector<double>{0, 1, 2});
    writer.Attribute("data/demo_3", "init_index", 17);
    writer.Attribute("data/demo_3", "num_samples", 2);
    writer.Attribute("data/demo_3", "model_file", std::string("<mujoco/>"));
    writer.Attribute("data", "seed", 4'294'967'295);
    writer.Attribute("data", "bddl_file_name", std::string("some/where.bddl"));
  }));
  EXPECT_THAT(file.demo_numbers(), ElementsAre(3));
  EXPECT_EQ(file.seed(), 4'294'967'295U);
  EXPECT_EQ(file.bddl_file_name(), "some/where.bddl");

  const Demo demo = file.Read(3);
  EXPECT_EQ(demo.name(), "demo_3");
  ASSERT_EQ(demo.actions.size(), 2U);
  EXPECT_THAT(demo.actions[1], ElementsAre(-1, -2, -3, -4, -5, -6, -7));
  EXPECT_EQ(demo.state_size, 3);
  EXPECT_THAT(demo.states, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(demo.final_state, ElementsAre(6, 7, 8));
  EXPECT_THAT(demo.init_state, ElementsAre(0, 1, 2));
  EXPECT_THAT(demo.success, ElementsAre(0, 1));
  EXPECT_EQ(demo.init_index, 17);
  EXPECT_EQ(demo.model_file, "<mujoco/>");
}

// As copies without no-ops are: no attributes, gaps, observations that nobody asked for.
TEST_F(DemoFileTest, NeedsActionsOnly) {
  const DemoFile file(Written([](Hdf5Writer& writer) {
    for (const char* name : {"demo_10", "demo_2", "demo_0"}) {
      writer.F32("data/" + std::string(name) + "/actions", {1, 7}, {0, 0, 0, 0, 0, 0, -1});
      writer.U8("data/" + std::string(name) + "/obs/agentview_rgb", {1, 2, 2, 3},
                std::vector<uint8_t>(12));
    }
    writer.Group("data/other");
    writer.Group("mask");
    writer.Attribute("data", "tag", std::string("libero-v1"));
  }));
  EXPECT_THAT(file.demo_numbers(), ElementsAre(0, 2, 10));
  EXPECT_EQ(file.seed(), std::nullopt);
  const Demo demo = file.Read(10);
  EXPECT_EQ(demo.actions.size(), 1U);
  EXPECT_EQ(demo.state_size, 0);
  EXPECT_THAT(demo.first_state(), IsEmpty());
  EXPECT_THAT(demo.success, IsEmpty());
  EXPECT_EQ(demo.init_index, std::nullopt);
  EXPECT_EQ(demo.model_file, std::nullopt);
}

TEST_F(DemoFileTest, TellsTheControllerThatTheActionsAreFor) {
  const auto controller = [&](const std::string& env_args) {
    return DemoFile(Written([&](Hdf5Writer& writer) {
             writer.F64("data/demo_0/actions", {2, 7}, kTwoActions);
             writer.Attribute("data", "env_args", env_args);
           }))
        .controller();
  };
  EXPECT_EQ(controller("{}"), OscKind::kPose);
  EXPECT_EQ(controller(R"({"env_kwargs": {"controller_configs": {"type": "OSC_POSE"}}})"),
            OscKind::kPose);
  EXPECT_EQ(controller(R"({"env_kwargs": {"controller_configs": "OSC_POSITION"}})"),
            OscKind::kPosition);
  EXPECT_THAT([&] { controller(R"({"env_kwargs": {"controller_configs": "JOINT_POSITION"}})"); },
              testing::ThrowsMessage<Error>(HasSubstr(
                  "expected the controller OSC_POSE or OSC_POSITION, got \"JOINT_POSITION\"")));
}

TEST_F(DemoFileTest, TellsHowEpisodesBegan) {
  const DemoFile file(Written([&](Hdf5Writer& writer) {
    writer.F64("data/demo_0/actions", {2, 7}, kTwoActions);
    writer.Attribute("data/demo_0", "reset_index", 51);
    writer.Attribute("data", "settle_steps", 10);
    writer.Attribute("data", "settle_action", std::vector<double>{0, 0, 0, 0, 0, 0, -1});
    writer.Attribute("data", "step_mode", std::string("fast"));
  }));
  EXPECT_EQ(file.mode(), StepMode::kFast);
  const Demo demo = file.Read(0);
  EXPECT_EQ(demo.reset_index, 51);
  EXPECT_EQ(demo.settle_steps, 10);
  EXPECT_THAT(demo.settle_action, ElementsAre(0, 0, 0, 0, 0, 0, -1));
}

TEST_F(DemoFileTest, RefusesWrongBeginnings) {
  const auto message = [&](const std::function<void(Hdf5Writer&)>& write) {
    try {
      const DemoFile bad(Written([&](Hdf5Writer& writer) {
        writer.Group("data/demo_0");
        write(writer);
      }));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(message([](auto& w) {
                w.Attribute("data", "settle_action", std::vector<double>{1, 2});
              }),
              HasSubstr("/data: attribute settle_action: expected (7,), got (2,)"));
  EXPECT_THAT(message([](auto& w) { w.Attribute("data", "settle_steps", -3); }),
              HasSubstr("/data: attribute settle_steps: expected an integer from 0 to"));
  EXPECT_THAT(message([](auto& w) { w.Attribute("data", "step_mode", std::string("slow")); }),
              HasSubstr("/data: attribute step_mode: unknown mode 'slow'"));
}

TEST_F(DemoFileTest, StartsFromStatesBeforeInitState) {
  Demo demo{.state_size = 2, .states = {1, 2, 3, 4}, .init_state = {5, 6}};
  EXPECT_THAT(demo.first_state(), ElementsAre(1, 2));
  demo.states.clear();
  EXPECT_THAT(demo.first_state(), ElementsAre(5, 6));
}

TEST_F(DemoFileTest, ReadsWhatThePythonStackWrote) {
  const DemoFile file(LIBERO_GOLDEN_DIR "/demos/open_the_middle_drawer_of_the_cabinet_demo.hdf5");
  EXPECT_THAT(file.demo_numbers(), ElementsAre(0, 1));
  EXPECT_EQ(file.seed(), 0U);
  const Demo demo = file.Read(1);
  EXPECT_EQ(demo.actions.size(), 10U);
  EXPECT_EQ(demo.state_size, 79);
  EXPECT_EQ(demo.success.size(), 10U);
  EXPECT_EQ(demo.init_index, 7);
  EXPECT_TRUE(std::ranges::equal(demo.first_state(), demo.init_state));
  EXPECT_THAT(demo.model_file.value(), HasSubstr("<body name=\"flat_stove_1_main\""));
  EXPECT_EQ(FindDemoTask(file, suites_).suite, "libero_goal");
}

TEST_F(DemoFileTest, FindsTheTaskByItsBddlFile) {
  const auto task_of = [&](const std::string& bddl) {
    const DemoFile file(Written([&](Hdf5Writer& writer) {
      writer.Group("data/demo_0");
      writer.FixedAttribute("data", "bddl_file_name", bddl);
    }));
    const Task& task = FindDemoTask(file, suites_);
    return task.suite + " " + std::to_string(task.index);
  };
  EXPECT_EQ(task_of("/home/author/bddl_files/libero_goal/turn_on_the_stove.bddl"), "libero_goal 7");
  EXPECT_EQ(task_of("libero_goal_swap/turn_on_the_stove.bddl"), "libero_goal_swap 7");
  EXPECT_EQ(task_of("elsewhere/turn_on_the_stove.bddl"), "libero_goal 7") << "LIBERO's own first";
  EXPECT_EQ(task_of("turn_on_the_stove.bddl"), "libero_goal 7");
  EXPECT_EQ(task_of("libero_spatial/turn_on_the_stove.bddl"), "libero_goal 7") << "not in that one";
}

TEST_F(DemoFileTest, FindsTheTaskByTheFilesName) {
  const auto write = [](Hdf5Writer& writer) {
    writer.Group("data/demo_0");
  };
  const DemoFile plain(Written(write, "libero_goal_no_noops/turn_on_the_stove_demo.hdf5"));
  EXPECT_EQ(FindDemoTask(plain, suites_).suite, "libero_goal");
  const DemoFile swapped(Written(write, "libero_goal_swap/turn_on_the_stove_demo.hdf5"));
  EXPECT_EQ(FindDemoTask(swapped, suites_).suite, "libero_goal_swap");
}

TEST_F(DemoFileTest, NamesTheTaskThatIsNotThere) {
  const DemoFile unnamed(Written([](Hdf5Writer& writer) { writer.Group("data/demo_0"); },
                                 "turn_on_the_stoves_demo.hdf5"));
  EXPECT_THAT([&] { (void)FindDemoTask(unnamed, suites_); },
              ThrowsMessage<Error>(AllOf(HasSubstr("no suite has a task 'turn_on_the_stoves'"),
                                         HasSubstr("did you mean 'turn_on_the_stove'?"))));
  const DemoFile named(Written([](Hdf5Writer& writer) {
    writer.Group("data/demo_0");
    writer.Attribute("data", "bddl_file_name", std::string("x/sing.bddl"));
  }));
  EXPECT_THAT(
      [&] { (void)FindDemoTask(named, suites_); },
      ThrowsMessage<Error>(HasSubstr("attribute bddl_file_name: no suite has a task 'sing'")));
}

TEST_F(DemoFileTest, RefusesFilesWithoutDemonstrations) {
  EXPECT_THAT([&] { DemoFile file(folder_ / "none.hdf5"); },
              ThrowsMessage<Error>(HasSubstr("none.hdf5: no such file")));
  const fs::path other = Written([](Hdf5Writer& writer) { writer.Group("models"); });
  EXPECT_THAT([&] { DemoFile file(other); },
              ThrowsMessage<Error>(HasSubstr("expected a group \"data\"")));
  const fs::path empty = Written([](Hdf5Writer& writer) {
    writer.Group("data/demo_x");
    writer.Group("data/demo_-1");
    writer.Group("data/demo_01");
  });
  EXPECT_THAT([&] { DemoFile file(empty); },
              ThrowsMessage<Error>(HasSubstr("/data: expected groups demo_<n>, got none")));
  const fs::path seed = Written([](Hdf5Writer& writer) {
    writer.Group("data/demo_0");
    writer.Attribute("data", "seed", -1);
  });
  EXPECT_THAT([&] { DemoFile file(seed); },
              ThrowsMessage<Error>(HasSubstr(
                  "/data: attribute seed: expected an integer from 0 to 4294967295, got -1")));
}

TEST_F(DemoFileTest, NamesTheDemonstrationsThatAreThere) {
  const DemoFile file(Written([](Hdf5Writer& writer) {
    for (const char* name : {"data/demo_0", "data/demo_1", "data/demo_2", "data/demo_7"}) {
      writer.Group(name);
    }
  }));
  EXPECT_THAT(
      [&] { (void)file.Read(3); },
      ThrowsMessage<Error>(AllOf(HasSubstr("there is no demo_3"), HasSubstr("there are 0-2,7"))));
}

TEST_F(DemoFileTest, RefusesWrongActions) {
  const auto message = [&](const std::vector<uint64_t>& shape, const std::vector<double>& values) {
    const DemoFile file(
        Written([&](Hdf5Writer& writer) { writer.F64("data/demo_0/actions", shape, values); }));
    try {
      (void)file.Read(0);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(message({1, 6}, {1, 2, 3, 4, 5, 6}),
              HasSubstr("/data/demo_0/actions: wrong action size: expected (T, 7), got (1, 6)"));
  EXPECT_THAT(message({7}, {1, 2, 3, 4, 5, 6, 7}), HasSubstr("expected (T, 7), got (7,)"));
  EXPECT_THAT(message({0, 7}, {}), HasSubstr("expected actions, got none"));
  std::vector<double> values = kTwoActions;
  values[9] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(message({2, 7}, values), HasSubstr("/data/demo_0/actions: expected finite numbers, "
                                                 "got nan in row 1, column 2"));

  const DemoFile empty(Written([](Hdf5Writer& writer) { writer.Group("data/demo_0"); }));
  EXPECT_THAT([&] { (void)empty.Read(0); },
              ThrowsMessage<Error>(HasSubstr("/data/demo_0/actions: expected a dataset")));
}

TEST_F(DemoFileTest, RefusesSizesThatContradictEachOther) {
  EXPECT_THAT(
      MessageAbout([](auto& w) {
        w.F64("data/demo_0/states", {1, 3}, {0, 0, 0});
      }),
      HasSubstr("/data/demo_0/states: expected (T, D) with T = 2 as of actions, got (1, 3)"));
  EXPECT_THAT(MessageAbout([](auto& w) {
                w.U8("data/demo_0/success", {3}, {0, 0, 0});
              }),
              HasSubstr("/data/demo_0/success: expected (T) with T = 2 as of actions, got (3,)"));
  EXPECT_THAT(MessageAbout([](auto& w) {
                w.F64("data/demo_0/final_state", {1, 3}, {0, 0, 0});
              }),
              HasSubstr("/data/demo_0/final_state: expected (D), got (1, 3)"));
  EXPECT_THAT(MessageAbout([](auto& w) {
                w.F64("data/demo_0/states", {2, 2}, {0, 0, 0, 0});
                w.Attribute("data/demo_0", "init_state", std::vector<double>{0, 0, 0});
              }),
              HasSubstr("init_state: expected states of 2 numbers as the others, got 3"));
  EXPECT_THAT(MessageAbout([](auto& w) { w.Attribute("data/demo_0", "num_samples", 3); }),
              HasSubstr("/data/demo_0: num_samples is 3, but there are 2 actions"));
  EXPECT_THAT(
      MessageAbout([](auto& w) {
        w.F64("data/demo_0/states", {2, 1}, {0, INFINITY});
      }),
      HasSubstr("/data/demo_0/states: expected finite numbers, got inf in row 1, column 0"));
  EXPECT_THAT(MessageAbout([](auto& w) {
                w.Attribute("data/demo_0", "init_index", std::vector<double>{0.5});
              }),
              HasSubstr("/data/demo_0: attribute init_index: expected integers, got f64"));
}

}  // namespace
}  // namespace libero
