#include "results/report_command.h"

#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/binomial_interval.h"
#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "tests/results/small_run.h"
#include "tests/test_folder.h"

#include <pugixml.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

class ReportCommandTest : public testing::Test {
 protected:
  int Run(const ReportOptions& options) {
    out_.str("");
    return RunReportCommand(options, out_);
  }

  // The report on these folders as JSON.
  nlohmann::json Report(const std::vector<fs::path>& folders) {
    EXPECT_EQ(Run({.folders = folders, .out = parent_ / "report"}), 0);
    return ReadJsonFile(parent_ / "report/report.json");
  }

  [[nodiscard]] std::string Text(const std::string& file) const {
    return ReadTextFile(parent_ / "report" / file);
  }

  void WriteTraining(const fs::path& folder) const {
    fs::create_directories(folder);
    std::ofstream(folder / "metrics.jsonl") << "{\"step\":1,\"loss\":4}\n{\"step\":2,\"loss\":2}\n";
  }

  TestFolder parent_;
  std::ostringstream out_;
};

TEST_F(ReportCommandTest, SaysTheRateWithItsInterval) {
  SmallRun().Write(parent_ / "mine");
  const nlohmann::json report = Report({parent_ / "mine"});
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["overall"]["success_rate"], 0.5);
  EXPECT_EQ(report["overall"]["interval"][0], WilsonInterval(3, 6).low);
  EXPECT_EQ(report["overall"]["interval"][1], WilsonInterval(3, 6).high);
  ASSERT_EQ(report["tasks"].size(), 2u);
  EXPECT_EQ(report["tasks"][1]["index"], 3);
  EXPECT_EQ(report["tasks"][1]["episodes"]["successes"], 1);
  EXPECT_EQ(report["runs"][0]["successes_over_steps"], nlohmann::json::parse("[[80,1],[120,3]]"));
  EXPECT_EQ(report["runs"][0]["episodes"].size(), 6u);
  EXPECT_EQ(report["runs"][0]["manifest"]["calls"][0]["mujoco"], "3.3.2");
  EXPECT_THAT(out_.str(), HasSubstr("mine: random on libero_goal: 50.0 % (3 of 6 episodes), 95 % "
                                    "interval 18.8–81.2 %\n"));
  EXPECT_THAT(Text("report.md"),
              HasSubstr("**50.0 % (3 of 6 episodes), 95 % interval 18.8–81.2 %**"));
  EXPECT_THAT(Text("report.md"), HasSubstr("| UniVLA | 95.6 % | Bu et al., "));
}

TEST_F(ReportCommandTest, HasTheIntervalsAskedFor) {
  SmallRun().Write(parent_ / "mine");
  EXPECT_EQ(Run({.folders = {parent_ / "mine"}, .interval = "jeffreys"}), 0);
  const nlohmann::json report = ReadJsonFile(parent_ / "mine/report/report.json");
  EXPECT_EQ(report["interval_method"], "jeffreys");
  EXPECT_EQ(report["overall"]["interval"][0],
            BinomialInterval(IntervalMethod::kJeffreys, 3, 6).low);
  EXPECT_THAT(ReadTextFile(parent_ / "mine/report/index.html"),
              HasSubstr("Intervals are Jeffreys"));
}

TEST_F(ReportCommandTest, SaysWhenEpisodesAreLacking) {
  SmallRun run;
  run.records.pop_back();
  run.records.back().result.error = "lost <the> device";
  run.Write(parent_ / "mine");
  const nlohmann::json report = Report({parent_ / "mine"});
  EXPECT_EQ(report["complete"], false);
  EXPECT_EQ(report["overall"]["episodes"]["ended"], 4);
  EXPECT_EQ(report["overall"]["success_rate_if_all_ended"][0], 2.0 / 6);
  const std::string incomplete = "incomplete: of 6 episodes 1 had errors, 1 are missing";
  EXPECT_THAT(out_.str(), HasSubstr(incomplete));
  EXPECT_THAT(Text("report.md"), HasSubstr(incomplete));
  EXPECT_THAT(Text("index.html"), HasSubstr(incomplete));
  EXPECT_THAT(Text("index.html"), HasSubstr("error: lost &lt;the&gt; device"));
}

TEST_F(ReportCommandTest, SameFilesGiveTheSameBytes) {
  SmallRun run;
  run.Write(parent_ / "mine");
  Report({parent_ / "mine"});
  const std::string html = Text("index.html");
  const std::string json = Text("report.json");
  std::ranges::reverse(run.records);  // as they ended, in another run
  for (EpisodeRecord& record : run.records) record.result.wall_s = 7;
  run.Write(parent_ / "mine");
  Report({parent_ / "mine"});
  EXPECT_EQ(Text("index.html"), html);
  EXPECT_EQ(Text("report.json"), json);
}

TEST_F(ReportCommandTest, PutsSuitesOfOnePolicyTogether) {
  SmallRun run;
  run.Write(parent_ / "runs/goal");
  run.suite = "libero_spatial";
  run.Write(parent_ / "runs/spatial");
  nlohmann::json report = Report({parent_ / "runs"});
  EXPECT_EQ(report["runs"].size(), 2u);
  EXPECT_EQ(report["overall"]["episodes"]["planned"], 12);
  EXPECT_EQ(report["tasks"].size(), 4u);
  EXPECT_THAT(out_.str(), HasSubstr("all: 50.0 % (6 of 12 episodes)"));

  // not so those of two
  run.policy = "noop";
  run.Write(parent_ / "runs/spatial");
  report = Report({parent_ / "runs"});
  EXPECT_TRUE(report["overall"].is_null());
  EXPECT_EQ(report["tasks"].size(), 0u);
}

TEST_F(ReportCommandTest, FindsTrainings) {
  SmallRun().Write(parent_ / "bench/eval");
  WriteTraining(parent_ / "bench/train/vla");
  const nlohmann::json report = Report({parent_ / "bench"});
  EXPECT_EQ(report["training"][0]["name"], "bench/train/vla");
  EXPECT_EQ(report["training"][0]["curves"][0]["last"], 2);
  EXPECT_THAT(Text("index.html"), HasSubstr("bench/train/vla, 2 steps"));
  Report({parent_ / "bench/train"});
  EXPECT_THAT(Text("report.md"), HasSubstr("| loss | 2 | 4 | 2 | 2 | 4 | 2 |"));
}

TEST_F(ReportCommandTest, CellsLeadToTheVideosThatThereAre) {
  SmallRun().Write(parent_ / "my run");
  fs::create_directories(parent_ / "my run/videos");
  std::ofstream(parent_ / "my run/videos/task3_init1.mp4") << "x";
  std::ofstream(parent_ / "my run/videos/task7_init1.mp4") << "of no episode";
  const nlohmann::json report = Report({parent_ / "my run"});
  EXPECT_THAT(Text("index.html"),
              HasSubstr("<a href=\"../my%20run/videos/task3_init1.mp4\"><g class=\"failure\">"));
  EXPECT_THAT(Text("index.html"), Not(HasSubstr("task7_init1")));
  EXPECT_EQ(report["runs"][0]["episodes"][4]["video"], "videos/task3_init1.mp4");
  EXPECT_FALSE(report["runs"][0]["episodes"][0].contains("video"));
  EXPECT_EQ(Run({.folders = {parent_ / "my run"}}), 0);
  EXPECT_THAT(ReadTextFile(parent_ / "my run/report/index.html"),
              HasSubstr("<a href=\"../videos/task3_init1.mp4\">"));
}

TEST_F(ReportCommandTest, SaysHowManySubGoalsWereReached) {
  SmallRun run;
  run.records[0].result.progress = {.num_predicates = 4, .best = 3, .end = 1};  // task 3
  run.records[1].result.progress = {.num_predicates = 2, .best = 2, .end = 2};  // task 0
  run.Write(parent_ / "mine");
  const nlohmann::json report = Report({parent_ / "mine"});
  EXPECT_EQ(report["tasks"][1]["sub_goal_progress"],
            nlohmann::json::parse(R"({"episodes":1,"best":0.75,"end":0.25})"));
  EXPECT_EQ(report["overall"]["sub_goal_progress"]["best"], 0.875);
  EXPECT_EQ(report["runs"][0]["episodes"][4]["goal"]["best"], 3);
  EXPECT_THAT(Text("report.md"), HasSubstr("| all |  | 2 | 87.5 % | 62.5 % |"));
  EXPECT_THAT(Text("index.html"), HasSubstr("<h3>Sub-goals</h3>"));
  EXPECT_THAT(Text("index.html"), HasSubstr("3 of 4, 1 at the end"));
}

// Elements are closed, links lead somewhere, and nothing is fetched from anywhere.
TEST_F(ReportCommandTest, ThePageIsWellFormedAndWhole) {
  SmallRun run;
  run.policy = "<odd> & \"policy\"";
  run.records.pop_back();
  run.Write(parent_ / "bench/goal");
  run.suite = "libero_90";
  run.records.clear();
  run.Write(parent_ / "bench/none");
  WriteTraining(parent_ / "bench/train");
  Report({parent_ / "bench"});
  pugi::xml_document page;
  const pugi::xml_parse_result parsed =
      page.load_string(Text("index.html").c_str(), pugi::parse_default | pugi::parse_doctype);
  ASSERT_TRUE(parsed) << parsed.description() << " at " << parsed.offset;
  std::set<std::string> ids;
  for (const auto& node : page.select_nodes("//*[@id]")) {
    EXPECT_TRUE(ids.insert(node.node().attribute("id").value()).second) << "twice";
  }
  for (const auto& node : page.select_nodes("//a")) {
    const std::string href = node.node().attribute("href").value();
    EXPECT_TRUE(href.starts_with("#") && ids.contains(href.substr(1))) << href;
  }
  EXPECT_TRUE(page.select_nodes("//script|//img|//iframe|//object|//*[@src]").empty());
  EXPECT_THAT(Text("index.html"), Not(HasSubstr("http")));
  EXPECT_THAT(Text("index.html"), Not(HasSubstr("url(")));
  EXPECT_THAT(Text("index.html"), Not(HasSubstr("nan")));
}

TEST_F(ReportCommandTest, RefusesFoldersWithoutResults) {
  EXPECT_THAT([&] { Run({.folders = {parent_.path()}}); },
              ThrowsMessage<Error>(HasSubstr("neither an evaluation nor a training is in it")));
  EXPECT_THAT([&] { Run({.folders = {parent_ / "none"}}); },
              ThrowsMessage<Error>(HasSubstr("none is not a folder")));
  EXPECT_THAT(
      [&] {
        Run({.folders = {"a", "b"}});
      },
      ThrowsMessage<Error>(HasSubstr("--out is needed to report on several folders")));
  SmallRun().Write(parent_ / "mine");
  std::ofstream(parent_ / "file") << "x";
  EXPECT_THAT([&] { Run({.folders = {parent_ / "mine"}, .out = parent_ / "file/report"}); },
              ThrowsMessage<Error>(HasSubstr("the folder cannot be made")));
}

}  // namespace
}  // namespace libero
