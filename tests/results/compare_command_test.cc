#include "results/compare_command.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "tests/results/small_run.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

// A solves episodes (0, 0), (0, 1) and (3, 0); B all but (0, 1).
class CompareCommandTest : public testing::Test {
 protected:
  CompareCommandTest() {
    a_.Write(parent_ / "a");
    b_.policy = "noop";
    for (EpisodeRecord& record : b_.records) {
      const EpisodeSpec& spec = record.result.spec;
      const bool fails = spec.task_index == 0 && spec.init_index == 1;
      record.result.end = fails ? EpisodeEnd::kTimeout : EpisodeEnd::kSuccess;
    }
    b_.Write(parent_ / "b");
  }

  int Run(const CompareOptions& options) {
    out_.str("");
    return RunCompareCommand(options, out_);
  }

  TestFolder parent_;
  SmallRun a_;
  SmallRun b_;
  std::ostringstream out_;
};

TEST_F(CompareCommandTest, PairsEpisodesUp) {
  const CompareOptions options = {.runs = {parent_ / "a", parent_ / "b"},
                                  .json = parent_ / "compare.json"};
  EXPECT_EQ(Run(options), 0);
  EXPECT_THAT(out_.str(), HasSubstr("B - A: +33.3 points, 95 % interval "));
  EXPECT_THAT(out_.str(),
              HasSubstr("exact McNemar test: 3 against 1, p = 0.625: the difference may "
                        "well be chance\n"));
  EXPECT_THAT(out_.str(), testing::ContainsRegex(" all +6 +50.0 % +83.3 % +2 +1 +3 +0 +.33.3\n"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("differs")));
  const nlohmann::json json = ReadJsonFile(parent_ / "compare.json")[0];
  EXPECT_EQ(json["only_b"], 3);
  EXPECT_EQ(json["p_value"], 0.625);
  EXPECT_EQ(json["tasks"][0]["only_a"], 1);
  EXPECT_EQ(json["unpaired_a"], 0);
}

TEST_F(CompareCommandTest, LeavesOutWhatHasNoPartner) {
  b_.records.pop_back();
  b_.records.back().result.error = "lost";
  b_.Write(parent_ / "b");
  EXPECT_EQ(Run({.runs = {parent_ / "a", parent_ / "b"}}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("left out, without a partner that ended: 2 of A, 2 of B\n"));
}

TEST_F(CompareCommandTest, RefusesOtherProtocolsUnlessTold) {
  b_.protocol["max_steps"]["libero_goal"] = 600;
  b_.Write(parent_ / "b");
  CompareOptions options = {.runs = {parent_ / "a", parent_ / "b"}};
  EXPECT_THAT([&] { Run(options); },
              ThrowsMessage<Error>(HasSubstr(
                  "were not run alike: protocol.max_steps.libero_goal: 300 → 600\n  hint: "
                  "--allow-different-protocols")));
  options.allow_different_protocols = true;
  EXPECT_EQ(Run(options), 0);
  EXPECT_THAT(out_.str(), HasSubstr("not alike: protocol.max_steps.libero_goal: 300 → 600\n"));
}

TEST_F(CompareCommandTest, AdjustsTheTestsOfSeveralRuns) {
  EXPECT_EQ(Run({.runs = {parent_ / "a", parent_ / "b", parent_ / "b"}}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("p = 0.625, 1 by Holm for all of these"));
}

TEST_F(CompareCommandTest, RefusesControlsUnlessTold) {
  b_.protocol["instruction"] = "blank";
  b_.Write(parent_ / "b");
  CompareOptions options = {.runs = {parent_ / "a", parent_ / "b"}};
  EXPECT_THAT([&] { Run(options); },
              ThrowsMessage<Error>(
                  HasSubstr("were not run alike: protocol.instruction: null → \"blank\"")));
  options.allow_different_protocols = true;
  EXPECT_EQ(Run(options), 0);
}

TEST_F(CompareCommandTest, RefusesWhatCannotBePaired) {
  EXPECT_THAT([&] { Run({.runs = {parent_ / "a"}}); },
              ThrowsMessage<Error>(HasSubstr("expected two or more runs")));
  EXPECT_THAT(
      [&] {
        Run({.runs = {parent_ / "a", parent_ / "c"}});
      },
      ThrowsMessage<Error>(HasSubstr("c: no evaluation is there")));
  b_.suite = "libero_object";
  b_.Write(parent_ / "b");
  EXPECT_THAT(
      [&] {
        Run({.runs = {parent_ / "a", parent_ / "b"}, .allow_different_protocols = true});
      },
      ThrowsMessage<Error>(HasSubstr("have no episode in common")));
}

}  // namespace
}  // namespace libero
