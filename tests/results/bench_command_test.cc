#include "results/bench_command.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/results/child.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

// The whole job with two demonstrations of one task, a few steps of each stage and two episodes.
std::vector<std::string> Command(const std::filesystem::path& out) {
  return {LIBERO_PROGRAM, "bench", "--suite",   "libero_spatial",
          "--tasks",      "2",     "--demos",   "2",
          "--episodes",   "2",     "--minutes", "0.02",
          "--threads",    "2",     "--out",     out.string()};
}

nlohmann::json ReadJson(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

TEST(BenchCommandTest, DoesTheWholeJob) {
  const TestFolder folder;
  Child child(Command(folder / "run"));
  ASSERT_EQ(child.Wait(), 0);
  const nlohmann::json report = ReadJson(folder / "run" / "report" / "report.json");
  EXPECT_GE(report.at("overall").at("success_rate").get<double>(), 0);
  EXPECT_THAT(report.at("overall").at("interval"), SizeIs(2));
  EXPECT_THAT(report.at("tasks"), SizeIs(1));
  EXPECT_TRUE(exists(folder / "run" / "report" / "index.html"));
  EXPECT_TRUE(exists(folder / "run" / "DONE"));
}

TEST(BenchCommandTest, ComesToTheSameReportWhenKilled) {
  const TestFolder folder;
  for (const char* text : {"2/9", "6/9", "7/9"}) {
    Child killed(Command(folder / "run"));
    ASSERT_TRUE(killed.WaitFor(text));
    killed.Kill();
    EXPECT_EQ(killed.Wait(), -SIGKILL);
  }
  Child last(Command(folder / "run"));
  ASSERT_EQ(last.Wait(), 0);
  Child undisturbed(Command(folder / "other"));
  ASSERT_EQ(undisturbed.Wait(), 0);
  for (const char* part : {"overall", "tasks"}) {
    EXPECT_EQ(ReadJson(folder / "run" / "report" / "report.json").at(part),
              ReadJson(folder / "other" / "report" / "report.json").at(part));
  }
}

TEST(BenchCommandTest, StopsAtAPhaseThatFails) {
  const TestFolder folder;
  std::ostringstream out;
  std::ostringstream log;
  std::vector<std::string> ran;
  const CommandRunner run = [&](const std::vector<std::string>& command) {
    ran.push_back(command[0]);
    return command[0] == "eval" ? 3 : 0;
  };
  EXPECT_EQ(RunBenchCommand({.out = folder / "run"}, run, {}, out, log), 3);
  EXPECT_THAT(ran, SizeIs(8));
  EXPECT_THAT(log.str(), AllOf(HasSubstr("'eval' ended with status 3"), HasSubstr("continues")));
  EXPECT_FALSE(exists(folder / "run" / "DONE"));
}

// Demonstrations and scenes are there when rank 0 has made them.
TEST(BenchCommandTest, OtherRanksTrainAndEvaluate) {
  const TestFolder folder;
  std::ostringstream out;
  std::vector<std::string> ran;
  const CommandRunner run = [&](const std::vector<std::string>& command) {
    ran.push_back(command[0]);
    return 0;
  };
  std::jthread rank_zero([&] {
    for (const char* name : {"demos", "scenes"}) {
      create_directories(folder / "run" / name);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      std::ofstream(folder / "run" / name / "DONE") << "\n";
    }
  });
  EXPECT_EQ(RunBenchCommand({.out = folder / "run"}, run, {.rank = 1, .size = 2}, out, out), 0);
  EXPECT_THAT(ran, testing::ElementsAre("train", "train", "train", "train", "train", "eval"));
  EXPECT_EQ(out.str(), "");
}

TEST(BenchCommandTest, RefusesAFolderOfAnotherJob) {
  const TestFolder folder;
  std::ostringstream out;
  const CommandRunner run = [](const std::vector<std::string>&) {
    return 1;
  };
  EXPECT_EQ(RunBenchCommand({.out = folder / "run"}, run, {}, out, out), 1);
  EXPECT_THAT([&] { RunBenchCommand({.out = folder / "run", .seed = 8}, run, {}, out, out); },
              ThrowsMessage<Error>(AllOf(HasSubstr("other options"), HasSubstr("seed"))));
}

}  // namespace
}  // namespace libero
