#include "tasks/replay_command.h"

#include <filesystem>
#include <fstream>
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

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kFile =
    LIBERO_GOLDEN_DIR "/demos/open_the_middle_drawer_of_the_cabinet_demo.hdf5";

class ReplayCommandTest : public testing::Test {
 protected:
  ReplayOptions Options() const {
    return {.data_root = LIBERO_DEPS_DIR,
            .cache_folder = LIBERO_TEST_CACHE_DIR,
            .file = kFile,
            .json = folder_ / "out.json"};
  }

  // The message of the Error that these options lead to; without a cache of scenes they must lead
  // to it before a scene is made, and nothing may be printed or written.
  std::string MessageOf(ReplayOptions options) {
    options.cache_folder = folder_ / "cache";
    std::ostringstream out;
    std::string message = "no error";
    try {
      RunReplayCommand(options, out);
    } catch (const Error& error) {
      message = error.what();
    }
    EXPECT_EQ(out.str(), "");
    EXPECT_FALSE(fs::exists(folder_ / "cache"));
    EXPECT_FALSE(fs::exists(folder_ / "out.json"));
    return message;
  }

  // A file about the task of kFile.
  fs::path Written(const std::function<void(Hdf5Writer&)>& write) {
    const fs::path path = folder_ / "open_the_middle_drawer_of_the_cabinet_demo.hdf5";
    Hdf5Writer writer(path);
    write(writer);
    return path;
  }

  TestFolder folder_;
};

nlohmann::ordered_json ReadJson(const fs::path& path) {
  std::ifstream in(path);
  return nlohmann::ordered_json::parse(in);
}

TEST_F(ReplayCommandTest, WritesJsonAndATable) {
  std::ostringstream out;
  EXPECT_EQ(RunReplayCommand(Options(), out), 0);
  EXPECT_THAT(out.str(),
              AllOf(HasSubstr("demo    scene     steps  solved after  first state error"),
                    HasSubstr("demo_0  protocol     10             -                  0"),
                    HasSubstr("2 demonstrations of libero_goal 0 "
                              "(open_the_middle_drawer_of_the_cabinet), seed 0: 0 solved"),
                    HasSubstr("success flags equal in 2 of 2\n")));

  const auto document = ReadJson(folder_ / "out.json");
  ASSERT_EQ(document.size(), 1U);
  ASSERT_EQ(document["demos"].size(), 2U);
  const auto& demo = document["demos"][1];
  std::vector<std::string> keys;
  for (const auto& item : demo.items()) keys.push_back(item.key());
  EXPECT_THAT(keys, ElementsAre("name", "steps", "success", "first_success_step", "state_errors",
                                "max_state_error", "success_flags", "success_flags_equal"));
  EXPECT_EQ(demo["name"], "demo_1");
  EXPECT_EQ(demo["steps"], 10);
  EXPECT_EQ(demo["success"], false);
  EXPECT_TRUE(demo["first_success_step"].is_null());
  EXPECT_EQ(demo["state_errors"].size(), 11U);
  EXPECT_EQ(demo["state_errors"][0], 0.0);
  EXPECT_EQ(demo["success_flags"], nlohmann::json(std::vector<int>(10, 0)));
  EXPECT_EQ(demo["success_flags_equal"], true);
}

TEST_F(ReplayCommandTest, PlaysTheDemonstrationsAskedForInTheSceneAskedFor) {
  ReplayOptions options = Options();
  options.demos = "1";
  options.scene = "model";
  std::ostringstream out;
  EXPECT_EQ(RunReplayCommand(options, out), 0);
  EXPECT_THAT(out.str(), AllOf(HasSubstr("demo_1  model"), HasSubstr("1 demonstration of"),
                               testing::Not(HasSubstr("demo_0"))));
  EXPECT_EQ(ReadJson(options.json)["demos"].size(), 1U);
}

TEST_F(ReplayCommandTest, WhatIsNotThereIsNull) {
  ReplayOptions options = Options();
  options.file = Written([](Hdf5Writer& writer) {
    writer.F64("data/demo_4/actions", {1, 7}, {0, 0, 0, 0, 0, 0, -1});
    writer.Attribute("data/demo_4", "init_index", 2);
  });
  std::ostringstream out;
  EXPECT_EQ(RunReplayCommand(options, out), 0);
  EXPECT_THAT(out.str(), HasSubstr("largest state error -; success flags equal in 0 of 0"));
  const auto document = ReadJson(options.json);
  EXPECT_EQ(document["demos"][0].dump(),
            R"({"name":"demo_4","steps":1,"success":false,"first_success_step":null,)"
            R"("state_errors":[null,null],"max_state_error":null,"success_flags":[0],)"
            R"("success_flags_equal":null})");
}

TEST_F(ReplayCommandTest, RefusesBadFiles) {
  ReplayOptions options = Options();
  options.file = "/none.hdf5";
  EXPECT_EQ(MessageOf(options), "/none.hdf5: no such file");
  options.file = LIBERO_DEPS_DIR "/libero/libero_suite_task_map.py";
  EXPECT_THAT(MessageOf(options), HasSubstr("not an HDF5 file"));

  options.file = folder_ / "truncated.hdf5";
  fs::copy_file(kFile, options.file);
  fs::resize_file(options.file, 30'000);
  EXPECT_THAT(MessageOf(options), HasSubstr("truncated.hdf5: cannot open: truncated file"));
}

TEST_F(ReplayCommandTest, RefusesBadDemonstrations) {
  ReplayOptions options = Options();
  const std::vector<double> action(7, 0);
  options.file = Written([&](Hdf5Writer& writer) {
    writer.F64("data/demo_0/actions", {1, 7}, action);
    writer.Attribute("data/demo_0", "init_index", 2);
    writer.F64("data/demo_1/actions", {1, 6}, action);
  });
  EXPECT_THAT(MessageOf(options), HasSubstr("/data/demo_1/actions: wrong action size"));
  options.demos = "0,2";
  EXPECT_THAT(MessageOf(options),
              AllOf(HasSubstr("--demos: expected indices from 0 to 1, got '2'"), HasSubstr("0,1")));

  options.demos = "";
  options.file = Written([&](Hdf5Writer& writer) {
    writer.F64("data/demo_5/actions", {1, 7}, action);
    writer.F64("data/demo_5/states", {1, 7}, action);
  });
  EXPECT_THAT(MessageOf(options), HasSubstr("expected states of 79 numbers for this task, got 7"));
  options.demos = "3-5";
  EXPECT_THAT(MessageOf(options), AllOf(HasSubstr("there is no demo_3"), HasSubstr("there are 5")));
}

TEST_F(ReplayCommandTest, RefusesBadOptions) {
  ReplayOptions options = Options();
  options.demos = "0-";
  EXPECT_THAT(MessageOf(options), HasSubstr("--demos: expected an index or a range of indices"));
  options = Options();
  options.scene = "modle";
  EXPECT_THAT(MessageOf(options), AllOf(HasSubstr("--scene: expected protocol or model, got "),
                                        HasSubstr("did you mean 'model'?")));
  options = Options();
  options.json = folder_ / "none" / "out.json";
  EXPECT_THAT(MessageOf(options), HasSubstr("--json: there is no folder"));
  options.json = folder_.path();
  EXPECT_THAT(MessageOf(options), HasSubstr("is a folder"));
}

}  // namespace
}  // namespace libero
