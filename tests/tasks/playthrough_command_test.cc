#include "tasks/playthrough_command.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/blas.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

PlaythroughOptions Options(const std::string& suite, const std::string& task) {
  PlaythroughOptions options;
  options.data_root = LIBERO_DEPS_DIR;
  options.cache_folder = LIBERO_TEST_CACHE_DIR;
  options.suite = suite;
  options.task = task;
  options.init = 2;
  return options;
}

struct Recorded {
  const char* suite;
  const char* task;
};

// One episode of a suite, as it was recorded with
// `libero playthrough --suite SUITE --task TASK --init 2`.
class PlaythroughTest : public testing::TestWithParam<Recorded> {};

TEST_P(PlaythroughTest, TellsTheRecordedStory) {
  const auto [suite, task] = GetParam();
  std::ifstream file(std::string(LIBERO_GOLDEN_DIR "/playthroughs/") + suite + ".txt");
  std::stringstream recorded;
  recorded << file.rdbuf();
  std::ostringstream out;
  EXPECT_EQ(RunPlaythroughCommand(Options(suite, task), out), 0) << out.str();
  // elsewhere last bits of states differ, and so may steps
  if (blas::KernelName() == "SkylakeX") {
    EXPECT_EQ(out.str(), recorded.str());
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, PlaythroughTest,
                         testing::Values(Recorded{"libero_spatial", "4"},
                                         Recorded{"libero_object", "0"},
                                         Recorded{"libero_goal", "3"}, Recorded{"libero_10", "9"},
                                         Recorded{"libero_90", "1"}),
                         [](const auto& param) { return std::string(param.param.suite); });

TEST(PlaythroughCommandTest, RefusesBadOptions) {
  const auto run = [](const PlaythroughOptions& options) {
    std::ostringstream out;
    return RunPlaythroughCommand(options, out);
  };
  PlaythroughOptions options = Options("spatial", "0");
  options.expert = "fast";
  EXPECT_THAT([&] { run(options); }, ThrowsMessage<Error>(HasSubstr("expected noise=, speed=")));
  options = Options("spatial", "0");
  options.pictures = "/no/such/folder";
  EXPECT_THAT([&] { run(options); }, ThrowsMessage<Error>(HasSubstr("no folder /no/such/folder")));
  options = Options("spatial", "0");
  options.init = 1000;
  EXPECT_THAT([&] { run(options); }, ThrowsMessage<Error>(HasSubstr("1000")));
}

}  // namespace
}  // namespace libero
