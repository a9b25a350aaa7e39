#include "results/eval_command.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/report.h"
#include "sim/base/check.h"
#include "tests/results/child.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string ReadText(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class EvalCommandTest : public testing::Test {
 protected:
  // Six short episodes.
  [[nodiscard]] EvalOptions Options() const {
    EvalOptions options;
    options.request.suite = "goal";
    options.request.tasks = "0,3";
    options.request.num_episodes = 3;
    options.request.policy = "random";
    options.request.max_steps = 2;
    options.request.settle_steps = 1;
    options.num_envs = 2;
    options.num_threads = 2;
    options.out = folder_;
    options.data_root = LIBERO_DEPS_DIR;
    options.cache_folder = LIBERO_TEST_CACHE_DIR;
    return options;
  }

  int Run(const EvalOptions& options) {
    out_.str("");
    return RunEvalCommand(options, out_, log_);
  }

  // Says that a run with these options is refused with this message and leaves no folder.
  void ExpectRefused(const EvalOptions& options, const std::string& message) {
    EXPECT_THAT([&] { Run(options); }, ThrowsMessage<Error>(HasSubstr(message)));
    EXPECT_FALSE(fs::exists(folder_)) << message;
  }

  TestFolder parent_;
  fs::path folder_ = parent_ / "run";  // not there yet
  std::ostringstream out_;
  std::ostringstream log_;
};

TEST_F(EvalCommandTest, LeavesARunWithAllItsFiles) {
  EXPECT_EQ(Run(Options()), 0);
  const std::vector<EpisodeRecord> records = ReadEpisodeLog(folder_ / "episodes.jsonl");
  ASSERT_EQ(records.size(), 6u);
  for (const EpisodeRecord& record : records) {
    EXPECT_EQ(record.result.spec.reset_index, record.result.spec.init_index + 1);
    EXPECT_EQ(record.result.steps, 2);
  }
  const auto config = nlohmann::json::parse(ReadText(folder_ / "config.json"));
  EXPECT_EQ(config["suite"], "libero_goal");
  EXPECT_EQ(config["tasks"], nlohmann::json::parse("[0, 3]"));
  EXPECT_EQ(config["protocol"]["max_steps"]["libero_goal"], 2);
  const auto manifest = nlohmann::json::parse(ReadText(folder_ / "manifest.json"));
  EXPECT_EQ(manifest["init_states"].size(), 2u);
  EXPECT_EQ(manifest["calls"][0]["mujoco"], "3.3.2");
  EXPECT_EQ(ReadText(folder_ / "DONE"), "0 of 6 succeeded (0.0 %)\n");
  EXPECT_THAT(out_.str(), testing::ContainsRegex(" all +6 +0 +0.0 % +0.0–39.0 +0 +0.0 %\n"));
  EXPECT_THAT(log_.str(), HasSubstr("6/6 episodes"));
}

TEST_F(EvalCommandTest, RunsOnlyTheInitStatesAskedFor) {
  EvalOptions options = Options();
  options.request.num_episodes.reset();
  options.request.inits = "7,4";
  options.request.tasks = "3";
  EXPECT_EQ(Run(options), 0);
  const std::vector<EpisodeRecord> records = ReadEpisodeLog(folder_ / "episodes.jsonl");
  ASSERT_EQ(records.size(), 2u);
  for (const EpisodeRecord& record : records) {
    EXPECT_EQ(record.result.spec.reset_index, record.result.spec.init_index + 1);
  }
}

TEST_F(EvalCommandTest, ContinuesAndRunsErrorsAgain) {
  ASSERT_EQ(Run(Options()), 0);
  const std::vector<EpisodeRecord> whole = ReadEpisodeLog(folder_ / "episodes.jsonl");

  // as if interrupted: one episode, one error, and a line that was cut off
  EpisodeRecord error = whole[1];
  error.result.error = "lost the device";
  fs::remove(folder_ / "DONE");
  std::ofstream(folder_ / "episodes.jsonl") << ToJsonLine(whole[0]) << "\n"
                                            << ToJsonLine(error) << "\n{\"suite\":\"lib";
  EvalOptions options = Options();
  options.num_envs = 1;  // these may differ
  options.num_threads = 1;
  EXPECT_EQ(Run(options), 0);

  const std::vector<EpisodeRecord> records = ReadEpisodeLog(folder_ / "episodes.jsonl");
  ASSERT_EQ(records.size(), 7u) << "one, the error, and five";
  std::map<std::pair<int, int>, uint64_t> hashes;
  for (const EpisodeRecord& record : records) {
    const EpisodeSpec& spec = record.result.spec;
    hashes[{spec.task_index, spec.init_index}] = record.result.final_state_hash;
  }
  for (const EpisodeRecord& record : whole) {
    const EpisodeSpec& spec = record.result.spec;
    EXPECT_EQ(hashes.at(std::pair(spec.task_index, spec.init_index)),
              record.result.final_state_hash);
  }
  EXPECT_TRUE(fs::exists(folder_ / "DONE"));
  EXPECT_EQ(nlohmann::json::parse(ReadText(folder_ / "manifest.json"))["calls"].size(), 2u);

  // and once more, with nothing left to do
  EXPECT_EQ(Run(options), 0);
  EXPECT_EQ(ReadEpisodeLog(folder_ / "episodes.jsonl").size(), 7u);
  EXPECT_THAT(out_.str(), HasSubstr("all"));
}

TEST_F(EvalCommandTest, StopsWhenItsRuleHasDecided) {
  EvalOptions options = Options();
  options.request.tasks = "0";
  options.request.num_episodes = 20;
  options.stop.precision = "40pp";
  EXPECT_EQ(Run(options), 0);
  const size_t num_records = ReadEpisodeLog(folder_ / "episodes.jsonl").size();
  EXPECT_LT(num_records, 20u);
  const auto stop = nlohmann::json::parse(ReadText(folder_ / "stop.json"));
  EXPECT_LE(stop["num_episodes"], num_records);
  EXPECT_THAT(out_.str(), HasSubstr("of 20 episodes: the rate of all 20 episodes is within 40 "
                                    "points of 0.0 %\n"));
  EXPECT_TRUE(fs::exists(folder_ / "DONE"));

  // and once more, with nothing left to do
  EXPECT_EQ(Run(options), 0);
  EXPECT_EQ(ReadEpisodeLog(folder_ / "episodes.jsonl").size(), num_records);
  EXPECT_EQ(nlohmann::json::parse(ReadText(folder_ / "stop.json")), stop);
}

TEST_F(EvalCommandTest, RunsOnlyItsShard) {
  EvalOptions options = Options();
  options.shard = "2/3";
  EXPECT_EQ(Run(options), 0);
  std::set<std::pair<int, int>> episodes;  // by task and init state
  for (const EpisodeRecord& record : ReadEpisodeLog(folder_ / "episodes.jsonl")) {
    episodes.insert({record.result.spec.task_index, record.result.spec.init_index});
  }
  EXPECT_EQ(episodes, (std::set<std::pair<int, int>>{{0, 1}, {3, 1}}));
  EXPECT_TRUE(fs::exists(folder_ / "DONE"));
  options.stop.precision = "2pp";
  options.out = parent_ / "other";
  EXPECT_THAT([&] { Run(options); },
              ThrowsMessage<Error>(HasSubstr("--shard and a stop rule were both given")));
}

TEST_F(EvalCommandTest, ListsTheOptionsThatDiffer) {
  ASSERT_EQ(Run(Options()), 0);
  EvalOptions options = Options();
  options.request.policy = "noop";
  options.request.seed = 1;
  EXPECT_THAT([&] { Run(options); },
              ThrowsMessage<Error>(HasSubstr("was made with other options: seed: 0 → 1; policy: "
                                             "\"random\" → \"noop\"")));
}

TEST_F(EvalCommandTest, AnErrorMakesTheRunFail) {
  EvalOptions options = Options();
  options.request.tasks = "0";
  options.request.num_episodes = 4;  // the file has init state 3 alone of them
  options.request.policy = "replay:" LIBERO_GOLDEN_DIR "/episodes/libero_goal_0.hdf5";
  EXPECT_EQ(Run(options), 1);
  EXPECT_FALSE(fs::exists(folder_ / "DONE"));
  EXPECT_THAT(ReadText(folder_ / "episodes.jsonl"),
              HasSubstr("no demonstration begins in init state 1"));
  EXPECT_THAT(out_.str(), HasSubstr("1          0  0.0 %       0.0–79.3       3"));
}

TEST_F(EvalCommandTest, RefusesBadOptionsBeforeAnythingIsWritten) {
  const EvalOptions good = Options();
  EvalOptions options = good;
  options.request.suite = "gaol";
  ExpectRefused(options, "unknown suite 'gaol'");
  options = good;
  options.request.tasks = "0,10";
  ExpectRefused(options, "--tasks: expected indices from 0 to 9, got '10'");
  options = good;
  options.request.policy = "nop";
  ExpectRefused(options, "unknown policy 'nop'");
  options = good;
  options.request.protocol = "openvl";
  ExpectRefused(options, "unknown protocol 'openvl'");
  options = good;
  options.request.renderer.name = "gk";
  ExpectRefused(options, "unknown renderer 'gk'");
  options = good;
  options.request.mode = "slow";
  ExpectRefused(options, "unknown mode 'slow'");
  options = good;
  options.request.camera_size = 0;
  ExpectRefused(options, "--camera-size: expected 1 to 4096, got 0");
  options = good;
  options.request.instruction = "shufled";
  ExpectRefused(options, "--instruction: unknown control 'shufled'");
  options = good;
  options.request.instruction = "wrong";
  ExpectRefused(options, "--instruction: the policy 'random' reads no instruction");
  options = good;
  options.request.image = "blank";
  ExpectRefused(options, "--image: the policy 'random' reads no instruction and looks at no pic");
  options = good;
  options.recording.video = "some";
  ExpectRefused(options, "--video: expected all, failures or first:N, got 'some'");
  options = good;
  options.recording.video = "all";
  options.recording.cameras = "agentvieww";
  ExpectRefused(options, "--video-cameras: there is no camera 'agentvieww'");
  options = good;
  options.num_envs = 0;
  ExpectRefused(options, "--envs: expected 1 to 1024, got 0");
  options = good;
  options.request.num_episodes = 51;
  ExpectRefused(options, "--episodes: expected 1 to 50, got 51");
  options = good;
  options.request.inits = "1";
  ExpectRefused(options, "--episodes and --inits were both given");
  options = good;
  options.out = "/proc/eval_command_test";
  ExpectRefused(options, "cannot be written");
}

TEST_F(EvalCommandTest, KeepsAFolderThatHoldsSomethingElse) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "mine") << "x";
  EXPECT_THAT([&] { Run(Options()); }, ThrowsMessage<Error>(HasSubstr("something else")));
  EXPECT_FALSE(fs::exists(folder_ / "config.json"));
}

std::vector<std::string> EvalArguments(const std::string& episodes, const std::string& max_steps,
                                       const fs::path& out) {
  return {LIBERO_PROGRAM, "eval",   "--suite",     "goal",    "--tasks", "0",
          "--episodes",   episodes, "--policy",    "noop",    "--envs",  "1",
          "--threads",    "1",      "--max-steps", max_steps, "--out",   out.string()};
}

TEST_F(EvalCommandTest, CtrlCFinishesWhatRunsAndTheSameCommandContinues) {
  const std::vector<std::string> arguments = EvalArguments("4", "40", folder_);
  Child child(arguments);
  ASSERT_TRUE(child.WaitFor("4 of 4 episodes to run"));
  child.Interrupt();
  EXPECT_EQ(child.Wait(), 130);
  const size_t num_done = ReadEpisodeLog(folder_ / "episodes.jsonl").size();
  EXPECT_LT(num_done, 4u);
  EXPECT_FALSE(fs::exists(folder_ / "DONE"));

  Child again(arguments);
  EXPECT_EQ(again.Wait(), 0);
  EXPECT_EQ(ReadEpisodeLog(folder_ / "episodes.jsonl").size(), 4u);
  EXPECT_TRUE(fs::exists(folder_ / "DONE"));
}

TEST_F(EvalCommandTest, ARunThatWasKilledComesToTheSameReport) {
  const auto report = [this](const fs::path& run) {
    auto json = ReportJson(MakeReport({run}, IntervalMethod::kWilson));
    json["runs"][0]["manifest"].erase("calls");
    json["runs"][0].erase("name");
    return json;
  };
  ASSERT_EQ(Child(EvalArguments("6", "20", parent_ / "whole")).Wait(), 0);
  std::mt19937 random(1);
  for (int kills = 0; kills < 3; ++kills) {
    Child child(EvalArguments("6", "20", folder_));
    if (!child.WaitFor("episodes to run")) break;  // all were done
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
    child.Kill();
    child.Wait();
  }
  ASSERT_EQ(Child(EvalArguments("6", "20", folder_)).Wait(), 0);
  EXPECT_EQ(report(folder_), report(parent_ / "whole"));
}

TEST_F(EvalCommandTest, TwoRunsDoNotWriteInOneFolder) {
  ASSERT_EQ(Run(Options()), 0);
  fs::remove(folder_ / "DONE");
  const std::string before = ReadText(folder_ / "manifest.json");
  const EpisodeLog other(folder_ / "episodes.jsonl");
  EXPECT_THAT([&] { Run(Options()); },
              ThrowsMessage<Error>(HasSubstr("episodes.jsonl: another run is writing it")));
  EXPECT_EQ(ReadText(folder_ / "manifest.json"), before);
}

TEST_F(EvalCommandTest, ADamagedLineIsNamedAndNothingIsChanged) {
  ASSERT_EQ(Run(Options()), 0);
  fs::remove(folder_ / "DONE");
  std::string text = ReadText(folder_ / "episodes.jsonl");
  text.replace(text.find('\n') + 5, 10, "??????????");
  std::ofstream(folder_ / "episodes.jsonl") << text;
  EXPECT_THAT(
      [&] { Run(Options()); },
      ThrowsMessage<Error>(AllOf(HasSubstr("episodes.jsonl:2: not the record of an episode"),
                                 HasSubstr("its episode is then run again"))));
  EXPECT_EQ(ReadText(folder_ / "episodes.jsonl"), text);
}

// What a launcher sets for a process of an evaluation that `size` run together.
std::vector<std::string> Launched(int rank, int size, int port) {
  return {"RANK=" + std::to_string(rank),
          "WORLD_SIZE=" + std::to_string(size),
          "LOCAL_RANK=" + std::to_string(rank),
          "LOCAL_WORLD_SIZE=" + std::to_string(size),
          "MASTER_ADDR=127.0.0.1",
          "MASTER_PORT=" + std::to_string(port)};
}

// A port that nobody listens on.
int FreePort() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  LIBERO_CHECK(bind(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  socklen_t size = sizeof(address);
  LIBERO_CHECK(getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(socket_fd);
  return ntohs(address.sin_port);
}

TEST_F(EvalCommandTest, SeveralProcessesComeToTheSameReport) {
  ASSERT_EQ(Child(EvalArguments("6", "10", parent_ / "whole")).Wait(), 0);
  const int port = FreePort();
  Child host(EvalArguments("6", "10", folder_), Launched(0, 2, port));
  Child other(EvalArguments("6", "10", folder_), Launched(1, 2, port));
  EXPECT_EQ(other.Wait(), 0);
  EXPECT_EQ(host.Wait(), 0);
  EXPECT_TRUE(fs::exists(folder_ / "DONE"));
  auto shared = ReportJson(MakeReport({folder_}, IntervalMethod::kWilson))["runs"][0];
  auto whole = ReportJson(MakeReport({parent_ / "whole"}, IntervalMethod::kWilson))["runs"][0];
  EXPECT_EQ(shared["manifest"]["calls"][0]["processes"], 2);
  for (auto* json : {&shared, &whole}) {
    (*json)["manifest"].erase("calls");
    json->erase("name");
  }
  EXPECT_EQ(shared, whole);
}

TEST_F(EvalCommandTest, CtrlCTwiceStopsAtOnce) {
  Child child(EvalArguments("1", "1000000", folder_));
  ASSERT_TRUE(child.WaitFor("1 of 1 episodes to run"));
  // before the episode has begun, the first one would end the run
  std::this_thread::sleep_for(std::chrono::seconds(1));
  child.Interrupt();
  ASSERT_TRUE(child.WaitFor("once more stops at once"));
  child.Interrupt();
  EXPECT_EQ(child.Wait(), 130);
  EXPECT_TRUE(ReadEpisodeLog(folder_ / "episodes.jsonl").empty());
}

TEST_F(EvalCommandTest, TellsWhoLooksOnWhenItBegins) {
  EvalOptions options = Options();
  std::vector<fs::path> begun;
  options.on_begin = [&](const fs::path& folder) {
    EXPECT_TRUE(fs::exists(folder / "config.json"));
    begun.push_back(folder);
  };
  EXPECT_EQ(Run(options), 0);
  EXPECT_THAT(begun, testing::ElementsAre(folder_));
  EXPECT_FALSE(fs::exists(folder_ / "live")) << "nobody looked on";
  EXPECT_EQ(Run(options), 0);
  EXPECT_EQ(begun.size(), 1u) << "nothing was left to be run";
}

// The window is another process: that it cannot be opened stops nothing.
TEST_F(EvalCommandTest, RunsWithoutTheWindowThatItAskedFor) {
  Child eval({LIBERO_PROGRAM, "eval", "--suite", "goal", "--tasks", "0", "--episodes", "1",
              "--policy", "noop", "--max-steps", "2", "--view", "--out", folder_.string()});
  EXPECT_TRUE(eval.WaitFor("cannot open a window"));
  EXPECT_EQ(eval.Wait(), 0);
  EXPECT_EQ(ReadEpisodeLog(folder_ / "episodes.jsonl").size(), 1u);
}

}  // namespace
}  // namespace libero
