#include "results/video_command.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "tasks/action_file.h"
#include "tasks/episode_log.h"
#include "tasks/protocol.h"
#include "tests/results/child.h"
#include "tests/results/small_run.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Videos need the program, beside which their plug-in is.
class VideoCommandTest : public testing::Test {
 protected:
  // Two short episodes of each of two tasks.
  int Eval(const fs::path& out, std::vector<std::string> more,
           const std::string& policy = "random") {
    std::vector<std::string> arguments = {LIBERO_PROGRAM,   "eval",
                                          "--suite=goal",   "--tasks=0,3",
                                          "--episodes=2",   "--policy=" + policy,
                                          "--max-steps=3",  "--settle-steps=1",
                                          "--renderer=cpu", "--video-size=32",
                                          "--threads=2",    "--out=" + out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Child(arguments).Wait();
  }

  // The status, and what is said on stderr.
  static std::pair<int, std::string> Video(const fs::path& run, std::vector<std::string> more) {
    std::vector<std::string> arguments = {LIBERO_PROGRAM, "video",          run.string(),
                                          "--size=32",    "--renderer=cpu", "--cameras=agentview",
                                          "--threads=2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Child child(arguments);
    const std::string said = child.ReadRest();
    return {child.Wait(), said};
  }

  static std::vector<std::string> Names(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
  }

  static std::map<std::pair<int, int>, uint64_t> Hashes(const fs::path& run) {
    std::map<std::pair<int, int>, uint64_t> hashes;
    for (const EpisodeRecord& record : ReadEpisodeLog(run / "episodes.jsonl")) {
      const EpisodeSpec& spec = record.result.spec;
      hashes[{spec.task_index, spec.init_index}] = record.result.final_state_hash;
    }
    return hashes;
  }

  TestFolder parent_;
};

TEST_F(VideoCommandTest, FilmingChangesNoResult) {
  ASSERT_EQ(Eval(parent_ / "plain", {}), 0);
  ASSERT_EQ(Eval(parent_ / "one", {"--video=all", "--envs=1"}), 0);
  ASSERT_EQ(Eval(parent_ / "four", {"--video=all", "--envs=4"}), 0);
  EXPECT_EQ(Hashes(parent_ / "one"), Hashes(parent_ / "plain"));
  EXPECT_EQ(Hashes(parent_ / "four"), Hashes(parent_ / "plain"));
  const std::vector<std::string> names = {"task0_init0.mp4", "task0_init1.mp4", "task3_init0.mp4",
                                          "task3_init1.mp4"};
  EXPECT_EQ(Names(parent_ / "one/videos"), names);
  for (const std::string& name : names) {
    EXPECT_EQ(ReadTextFile(parent_ / "one/videos" / name),
              ReadTextFile(parent_ / "four/videos" / name));
  }
}

TEST_F(VideoCommandTest, FilmsThoseAskedFor) {
  ASSERT_EQ(Eval(parent_ / "first", {"--video=first:1"}), 0);
  EXPECT_THAT(Names(parent_ / "first/videos"),
              testing::ElementsAre("task0_init0.mp4", "task3_init0.mp4"));
  ASSERT_EQ(Eval(parent_ / "failures", {"--video=failures"}), 0);
  EXPECT_EQ(Names(parent_ / "failures/videos").size(), 4u) << "nobody succeeds in three steps";
  ASSERT_EQ(Eval(parent_ / "none", {}), 0);
  EXPECT_FALSE(fs::exists(parent_ / "none/videos"));
}

TEST_F(VideoCommandTest, PlaysLoggedActionsToTheSameEnd) {
  const fs::path run = parent_ / "run";
  ASSERT_EQ(Eval(run, {"--log-actions"}), 0);
  EXPECT_EQ(Names(run / "actions").size(), 4u);
  EXPECT_EQ(ReadActionFile(run / "actions/task3_init1.npy").size(), 3u);
  EXPECT_EQ(Video(run, {"--episode", "3:1", "0:0"}).first, 0);
  EXPECT_THAT(Names(run / "videos"), testing::ElementsAre("task0_init0.mp4", "task3_init1.mp4"));
  EXPECT_EQ(Video(run, {"--episode=failures"}).first, 0);
  EXPECT_EQ(Names(run / "videos").size(), 4u);

  // the run itself can be had again from them
  ASSERT_EQ(Eval(parent_ / "again", {}, "replay:" + run.string()), 0);
  EXPECT_EQ(Hashes(parent_ / "again"), Hashes(run));
}

TEST_F(VideoCommandTest, AnotherEndIsAnError) {
  const fs::path run = parent_ / "run";
  ASSERT_EQ(Eval(run, {"--log-actions"}), 0);
  std::vector<Action> actions = ReadActionFile(run / "actions/task0_init1.npy");
  actions[1][0] += 0.1;
  WriteActionFile(run / "actions/task0_init1.npy", actions);
  const auto [status, said] = Video(run, {"--episode=0:1"});
  EXPECT_EQ(status, 1);
  EXPECT_THAT(said, HasSubstr("task 0, init state 1 ended otherwise than recorded: timeout after 3 "
                              "steps with state "));
  EXPECT_TRUE(Names(run / "videos").empty());

  // fewer actions than steps
  actions.resize(2);
  WriteActionFile(run / "actions/task0_init1.npy", actions);
  EXPECT_THAT(Video(run, {"--episode=0:1"}).second,
              HasSubstr("the episode goes on after its 2 logged actions"));
  fs::remove(run / "actions/task0_init1.npy");
  EXPECT_THAT(Video(run, {"--episode=0:1"}).second,
              HasSubstr("the actions of task 0, init state 1 were not logged"));
}

TEST_F(VideoCommandTest, APolicyWithoutNetworksNeedsNoLog) {
  const fs::path run = parent_ / "run";
  ASSERT_EQ(Eval(run, {}), 0);
  EXPECT_EQ(Video(run, {"--episode=3:0", "--out=" + (parent_ / "films").string()}).first, 0);
  EXPECT_THAT(Names(parent_ / "films"), testing::ElementsAre("task3_init0.mp4"));
}

TEST_F(VideoCommandTest, SaysWhatCannotBeFilmed) {
  SmallRun small;
  small.protocol = ToJson(Protocols().front());
  small.Write(parent_ / "run");
  VideoCommandOptions options = {.run = parent_ / "run", .episodes = {"0-1"}};
  options.data_root = LIBERO_DEPS_DIR;
  std::ostringstream out;
  const auto refuses = [&](const std::string& message) {
    EXPECT_THAT([&] { RunVideoCommand(options, out); }, ThrowsMessage<Error>(HasSubstr(message)));
  };
  refuses("--episode: expected TASK:INIT, failures or all, got '0-1'");
  options.episodes = {"0:7"};
  refuses("episodes.jsonl has no end of this episode");
  options.run = parent_ / "nothing";
  refuses("no evaluation is there");
}

TEST_F(VideoCommandTest, EvalRefusesWhatItCannotFilm) {
  EXPECT_EQ(Eval(parent_ / "run", {"--video=some"}), 1);
  EXPECT_EQ(Eval(parent_ / "run", {"--video=first:0"}), 1);
  EXPECT_FALSE(fs::exists(parent_ / "run"));
}

}  // namespace
}  // namespace libero
