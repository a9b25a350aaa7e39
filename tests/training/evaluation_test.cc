#include "training/evaluation.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "tasks/episode_log.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// `libero` is a script here.
class EvaluationTest : public testing::Test {
 protected:
  EvaluationRequest Request(const std::string& script) {
    const std::filesystem::path program = folder_ / "libero";
    std::ofstream(program) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    EvaluationRequest request;
    request.checkpoint = "CHECKPOINT";
    request.suite = "libero_goal";
    request.tasks = {0, 3};
    request.num_episodes = 2;
    request.act = "chunked";
    request.device = "cpu";
    request.out = folder_ / "run";
    request.program = program;
    return request;
  }

  TestFolder folder_;
};

TEST_F(EvaluationTest, CountsWhatTheEvaluationLogged) {
  std::filesystem::create_directory(folder_ / "run");
  std::ofstream log(folder_ / "run" / "episodes.jsonl");
  for (const EpisodeEnd end : {EpisodeEnd::kSuccess, EpisodeEnd::kTimeout, EpisodeEnd::kSuccess}) {
    EpisodeRecord record;
    record.result.end = end;
    record.result.steps = 10;
    log << ToJsonLine(record) << "\n";
  }
  EpisodeRecord failed;
  failed.result.error = "no renderer";
  log << ToJsonLine(failed) << "\n";
  log.close();

  const EvaluationRequest request = Request("echo \"$@\" > " + (folder_ / "arguments").string());
  const EvaluationResult result = EvaluateCheckpoint(request);
  EXPECT_EQ(result.num_episodes, 3);
  EXPECT_EQ(result.num_successes, 2);
  EXPECT_DOUBLE_EQ(result.success_rate(), 2.0 / 3);
  EXPECT_EQ(ReadTextFile(folder_ / "arguments"),
            "eval --suite libero_goal --tasks 0,3 --episodes 2 --policy CHECKPOINT --act chunked "
            "--device cpu --shard 1/1 --out " +
                request.out.string() + "\n");
}

TEST_F(EvaluationTest, SaysThatItFailed) {
  EXPECT_THAT([&] { (void)EvaluateCheckpoint(Request("exit 3")); },
              ThrowsMessage<Error>(
                  AllOf(HasSubstr("failed with exit status 3"), HasSubstr("--tasks 0,3"))));
  EvaluationRequest request = Request("");
  request.program = folder_ / "nothing";
  EXPECT_THAT([&] { (void)EvaluateCheckpoint(request); },
              ThrowsMessage<Error>(HasSubstr("cannot start")));
}

}  // namespace
}  // namespace libero
