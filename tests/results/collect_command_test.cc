#include "results/collect_command.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tasks/demo_dataset.h"
#include "tasks/demo_file.h"
#include "tasks/episode_log.h"
#include "tasks/init_states.h"
#include "tasks/replay_command.h"
#include "tests/golden/hdf5_listing.h"
#include "tests/results/child.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

constexpr const char* kTask =
    "pick_up_the_black_bowl_between_the_plate_and_the_ramekin_and_place_it_on_the_plate";

std::string Bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class CollectCommandTest : public testing::Test {
 protected:
  // Two short demonstrations of a task that the expert solves in about 80 steps.
  [[nodiscard]] CollectOptions Options(const std::string& folder = "run") const {
    CollectOptions options;
    options.request.suite = "spatial";
    options.request.tasks = "0";
    options.request.num_demos = 2;
    options.request.cameras = "none";
    options.request.mode = "fast";
    options.num_envs = 2;
    options.num_threads = 2;
    options.out = parent_ / folder;
    options.data_root = LIBERO_DEPS_DIR;
    options.cache_folder = LIBERO_TEST_CACHE_DIR;
    return options;
  }

  int Run(const CollectOptions& options) {
    out_.str("");
    return RunCollectCommand(options, out_, log_);
  }

  [[nodiscard]] fs::path File(const std::string& folder = "run") const {
    return parent_ / folder / (std::string(kTask) + "_demo.hdf5");
  }

  // Everything in a folder, its own folders' things too.
  static std::vector<std::string> Names(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      names.push_back(entry.path().lexically_relative(folder).string());
    }
    std::ranges::sort(names);
    return names;
  }

  void ExpectRefused(const CollectOptions& options, const std::string& message) {
    EXPECT_THAT([&] { Run(options); }, ThrowsMessage<Error>(HasSubstr(message)));
    EXPECT_FALSE(fs::exists(options.out)) << message;
  }

  TestFolder parent_;
  std::ostringstream out_;
  std::ostringstream log_;
};

TEST_F(CollectCommandTest, LeavesSuccessesThatBeginWhereNoEvaluationDoes) {
  ASSERT_EQ(Run(Options()), 0);
  EXPECT_THAT(Names(parent_ / "run"),
              testing::ElementsAre("DONE", "config.json", "episodes.jsonl", "manifest.json",
                                   std::string(kTask) + "_demo.hdf5"));
  EXPECT_THAT(log_.str(), HasSubstr("2/2 demonstrations"));
  EXPECT_THAT(out_.str(), HasSubstr(kTask));

  const DemoFile file(File());
  EXPECT_THAT(file.demo_numbers(), testing::ElementsAre(0, 1));
  const InitStates published =
      LoadInitStates(FindDemoTask(file, LoadSuites(LIBERO_DEPS_DIR)).init_states_path.string());
  for (const int number : {0, 1}) {
    const Demo demo = file.Read(number);
    EXPECT_GE(demo.reset_index.value(), 51) << "evaluations use 1 to 50";
    EXPECT_EQ(demo.init_index, std::nullopt);
    EXPECT_EQ(std::ranges::find(demo.success, 1), demo.success.end() - 1) << "it ends there";
    for (int i = 0; i < published.num_states(); ++i) {
      EXPECT_FALSE(std::ranges::equal(published.state(i), demo.init_state)) << i;
    }
  }
}

TEST_F(CollectCommandTest, WhatItLeavesReplaysToTheSameStates) {
  CollectOptions options = Options();
  options.request.noise = 0;
  options.request.push = 0.5;
  ASSERT_EQ(Run(options), 0);
  const ReplayOptions replay = {.data_root = LIBERO_DEPS_DIR,
                                .cache_folder = LIBERO_TEST_CACHE_DIR,
                                .file = File(),
                                .json = parent_ / "replay.json"};
  std::ostringstream out;
  EXPECT_EQ(RunReplayCommand(replay, out), 0);
  const auto demos = nlohmann::json::parse(Bytes(replay.json))["demos"];
  ASSERT_EQ(demos.size(), 2U);
  for (const auto& demo : demos) {
    EXPECT_EQ(demo["max_state_error"], 0.0);
    EXPECT_EQ(demo["success"], true);
    EXPECT_EQ(demo["success_flags_equal"], true);
  }

  // beside what was done is what the expert wanted
  const DemoDataset chosen({File()}, LoadSuites(LIBERO_DEPS_DIR),
                           {.pictures = {}, .without_noise = true});
  const int num_steps = chosen.demos()[0].num_steps;
  const DemoWindow window = chosen.Read(0, 0, num_steps);
  const auto num_pushed = std::ranges::count(window.disturbed, 1);
  EXPECT_GT(num_pushed, 0);
  EXPECT_LT(num_pushed, num_steps / 2);
}

TEST_F(CollectCommandTest, RecordsPicturesOfTheCamerasAskedFor) {
  CollectOptions options = Options();
  options.request.num_demos = 1;
  options.request.cameras = "eye_in_hand,frontview";
  options.request.size = 16;
  options.request.renderer.name = "cpu";
  ASSERT_EQ(Run(options), 0);
  const std::vector<std::string> listing = ListHdf5(File().string());
  const auto contains = [&](const std::string& text) {
    return std::ranges::any_of(
        listing, [&](const std::string& line) { return line.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(contains("obs/eye_in_hand_rgb u8 ("));
  EXPECT_TRUE(contains("obs/frontview_rgb u8 ("));
  EXPECT_TRUE(contains(", 16, 16, 3) chunks (1, 16, 16, 3) gzip"));
  EXPECT_FALSE(contains("agentview"));
}

// Killed or not, with any number of threads: equal bytes.
TEST_F(CollectCommandTest, ContinuesAfterAKillAsIfNothingHadHappened) {
  const auto arguments = [&](const char* parallel, const fs::path& folder) {
    return std::vector<std::string>{
        LIBERO_PROGRAM, "collect", "--suite",   "spatial", "--tasks", "0",
        "--demos",      "3",       "--cameras", "none",    "--mode",  "fast",
        "--envs",       parallel,  "--threads", parallel,  "--out",   folder.string()};
  };
  Child undisturbed(arguments("2", parent_ / "undisturbed"));
  EXPECT_EQ(undisturbed.Wait(), 0);

  const fs::path folder = parent_ / "run";
  Child killed(arguments("1", folder));
  while (Bytes(folder / "episodes.jsonl").find('\n') == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  killed.Kill();
  EXPECT_EQ(killed.Wait(), -SIGKILL);
  ASSERT_FALSE(fs::exists(File())) << "killed too late to show anything";
  std::ofstream(folder / ".tries" / kTask / "000001.hdf5.99.tmp") << "half-written";

  Child again(arguments("2", folder));
  EXPECT_EQ(again.Wait(), 0);
  EXPECT_TRUE(Bytes(File()) == Bytes(File("undisturbed")));
  EXPECT_EQ(ReadEpisodeLog(folder / "episodes.jsonl").size(), 3U) << "nothing was run again";
  EXPECT_THAT(Names(folder), testing::SizeIs(5));

  // and once more, with nothing left to do
  const auto time = fs::last_write_time(File());
  Child once_more(arguments("2", folder));
  EXPECT_EQ(once_more.Wait(), 0);
  EXPECT_EQ(fs::last_write_time(File()), time);
}

TEST_F(CollectCommandTest, RunsASuccessAgainWhoseDemonstrationWasLost) {
  CollectOptions options = Options();
  ASSERT_EQ(Run(options), 0);
  const std::string bytes = Bytes(File());
  fs::remove(File());
  fs::remove(options.out / "DONE");
  EXPECT_EQ(Run(options), 0);
  EXPECT_TRUE(Bytes(File()) == bytes);
}

TEST_F(CollectCommandTest, KeepsSuccessesOnlyAndSaysWhatIsLacking) {
  CollectOptions options = Options();
  options.request.num_demos = 1;
  options.request.policy = "noop";
  options.request.max_steps = 1;
  EXPECT_EQ(Run(options), 1);
  EXPECT_FALSE(fs::exists(File()));
  EXPECT_EQ(ReadEpisodeLog(options.out / "episodes.jsonl").size(), 22U) << "2 × 1 + 20 tries";
  EXPECT_EQ(Bytes(options.out / "DONE"), "22 of 22 tries failed\n");
  EXPECT_EQ(Run(options), 1) << "still";
}

// Failures are made up for by later tries: the third demonstration is of try 3.
TEST_F(CollectCommandTest, TakesTheFirstTriesThatSucceed) {
  CollectOptions options = Options("all");
  options.request.num_demos = 3;
  ASSERT_EQ(Run(options), 0);
  const std::vector<EpisodeRecord> all = ReadEpisodeLog(parent_ / "all" / "episodes.jsonl");
  int most_steps = 0;
  int slowest = 0;
  for (const EpisodeRecord& record : all) {
    if (record.result.steps <= most_steps) continue;
    most_steps = record.result.steps;
    slowest = record.result.spec.reset_index;
  }
  options.out = parent_ / "run";
  options.request.max_steps = most_steps - 1;  // so that one fails
  ASSERT_EQ(Run(options), 0);
  EXPECT_THAT(log_.str(), HasSubstr("tries failed"));
  const DemoFile file(File());
  ASSERT_THAT(file.demo_numbers(), testing::ElementsAre(0, 1, 2));
  int last = 0;
  for (const int number : file.demo_numbers()) {
    const int reset = file.Read(number).reset_index.value();
    EXPECT_GT(reset, last);
    EXPECT_NE(reset, slowest);
    last = reset;
  }
  EXPECT_GE(last, 54);
}

TEST_F(CollectCommandTest, EvalInitStatesAreThoseOfEvaluations) {
  CollectOptions options = Options();
  options.request.num_demos = 1;
  options.request.init = "eval";
  ASSERT_EQ(Run(options), 0);
  const Demo demo = DemoFile(File()).Read(0);
  EXPECT_EQ(demo.reset_index.value(), demo.init_index.value() + 1);
  const InitStates published = LoadInitStates(
      FindDemoTask(DemoFile(File()), LoadSuites(LIBERO_DEPS_DIR)).init_states_path.string());
  EXPECT_TRUE(std::ranges::equal(published.state(*demo.init_index), demo.init_state));
}

TEST_F(CollectCommandTest, AFullDiskLeavesNoHalfFile) {
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {60'000, old_limit.rlim_max};  // a demonstration has some 200 kB
  CollectOptions options = Options();
  options.cache_folder.reset();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_THAT([&] { Run(options); }, ThrowsMessage<Error>(HasSubstr("cannot write ")));
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  for (const std::string& name : Names(options.out)) {
    EXPECT_THAT(fs::path(name).extension(), testing::AnyOf("", ".json", ".jsonl", ".tries"))
        << name;
  }
  EXPECT_EQ(Run(options), 0) << "once there is space";
}

TEST_F(CollectCommandTest, RefusesBadOptionsBeforeAnythingIsWritten) {
  const CollectOptions good = Options();
  CollectOptions options = good;
  options.request.suite = "spacial";
  ExpectRefused(options, "unknown suite 'spacial'");
  options = good;
  options.request.tasks = "10";
  ExpectRefused(options, "--tasks: expected indices from 0 to 9, got '10'");
  options = good;
  options.request.num_demos = 0;
  ExpectRefused(options, "--demos: expected 1 to 1000000, got 0");
  options = good;
  options.request.cameras = "agentview,eye";
  ExpectRefused(options, "--cameras: there is no camera 'eye'");
  options = good;
  options.request.size = -128;
  ExpectRefused(options, "--size: expected 1 to 4096, got -128");
  options = good;
  options.request.noise = -0.1;
  ExpectRefused(options, "--noise: expected 0 to 1, got -0.1");
  options = good;
  options.request.push = 1.5;
  ExpectRefused(options, "--push: expected 0 to 1, got 1.5");
  options = good;
  options.request.policy = "expret";
  ExpectRefused(options, "unknown policy 'expret'");
  options = good;
  options.request.policy = "no/such/checkpoint";
  ExpectRefused(options, "--policy: there is no folder no/such/checkpoint");
  options = good;
  options.request.checkpoint.decode = "sample";
  ExpectRefused(options, "--decode sample: the policy 'expert' has no networks");
  options = good;
  options.request.init = "evil";
  ExpectRefused(options, "--init: expected sampled or eval, got 'evil'");
  options = good;
  options.request.init = "eval";
  options.request.num_demos = 51;
  ExpectRefused(options, "--demos: task 0 with --init eval: expected 1 to 50, got 51");
  options = good;
  options.request.observations = "later";
  ExpectRefused(options, "expected after_action or before_action, got 'later'");
  options = good;
  options.num_envs = 0;
  ExpectRefused(options, "--envs: expected 1 to 1024, got 0");
  options = good;
  options.out = "/proc/collect_command_test";
  ExpectRefused(options, "cannot be written");
}

}  // namespace
}  // namespace libero
