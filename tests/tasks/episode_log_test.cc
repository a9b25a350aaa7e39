#include "tasks/episode_log.h"

#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

EpisodeRecord Record(int init_index, EpisodeEnd end = EpisodeEnd::kTimeout) {
  EpisodeRecord record;
  record.task_name = "open_it";
  record.result.spec = {"libero_goal", 3, init_index, init_index + 1, 7};
  record.result.end = end;
  record.result.steps = 240;
  record.result.wall_s = 1.23456;
  record.result.final_state_hash = 0xABC;
  return record;
}

// Files of this process may not grow beyond this size while it lives, as on a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(size_t num_bytes) {
    old_action_ = std::signal(SIGXFSZ, SIG_IGN);
    LIBERO_CHECK(getrlimit(RLIMIT_FSIZE, &old_limit_) == 0);
    const rlimit limit = {.rlim_cur = num_bytes, .rlim_max = old_limit_.rlim_max};
    LIBERO_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_limit_);
    (void)std::signal(SIGXFSZ, old_action_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*old_action_)(int) = nullptr;
  rlimit old_limit_{};
};

class EpisodeLogTest : public testing::Test {
 protected:
  [[nodiscard]] std::string Text() const {
    std::ifstream file(path_);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  TestFolder folder_;
  fs::path path_ = folder_ / "episodes.jsonl";  // not there yet
};

TEST_F(EpisodeLogTest, WritesTheKeys) {
  EXPECT_EQ(ToJsonLine(Record(4, EpisodeEnd::kSuccess)),
            R"({"suite":"libero_goal","task":"open_it","task_index":3,"init_index":4,)"
            R"("reset_index":5,"seed":7,"success":true,"steps":240,"end":"success",)"
            R"("wall_s":1.235,"final_state_hash":"0000000000000abc"})");
}

TEST_F(EpisodeLogTest, KeepsTheSubGoals) {
  EpisodeRecord record = Record(4);
  record.result.progress = {.num_predicates = 3, .best = 2, .end = 1};
  EXPECT_THAT(ToJsonLine(record), HasSubstr(R"("goal":{"predicates":3,"best":2,"end":1})"));
  std::ofstream(path_) << ToJsonLine(record) << "\n";
  const GoalProgress progress = ReadEpisodeLog(path_).at(0).result.progress;
  EXPECT_EQ(progress.num_predicates, 3);
  EXPECT_EQ(progress.best, 2);
  EXPECT_EQ(progress.end, 1);
}

TEST_F(EpisodeLogTest, AnErrorIsNoFailure) {
  EpisodeRecord record = Record(4);
  record.result.error = "lost the device\n  hint: none";
  const auto json = nlohmann::json::parse(ToJsonLine(record));
  EXPECT_TRUE(json["success"].is_null());
  EXPECT_EQ(json["end"], "error");
  EXPECT_EQ(json["error"], "lost the device\n  hint: none");
}

TEST_F(EpisodeLogTest, ReadsWhatItWrote) {
  EpisodeRecord failed = Record(2);
  failed.result.error = "no";
  {
    EpisodeLog log(path_);
    log.Append(Record(0, EpisodeEnd::kSuccess));
    log.Append(Record(1, EpisodeEnd::kDiverged));
    log.Append(failed);
  }
  const std::vector<EpisodeRecord> records = ReadEpisodeLog(path_);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_TRUE(records[0].result.success());
  EXPECT_EQ(records[1].result.end, EpisodeEnd::kDiverged);
  EXPECT_EQ(records[2].result.error, "no");
  std::string text;
  for (const EpisodeRecord& record : records) text += ToJsonLine(record) + "\n";
  EXPECT_EQ(text, Text());
}

TEST_F(EpisodeLogTest, ContinuesAfterALineThatWasCutOff) {
  const std::string line = ToJsonLine(Record(0)) + "\n";
  std::ofstream(path_) << line << line.substr(0, 40);
  EXPECT_EQ(ReadEpisodeLog(path_).size(), 1u);
  {
    EpisodeLog log(path_);
    EXPECT_EQ(log.records().size(), 1u);
    log.Append(Record(1));
  }
  EXPECT_EQ(Text(), line + ToJsonLine(Record(1)) + "\n");
}

TEST_F(EpisodeLogTest, NamesTheLineThatIsDamaged) {
  const std::string line = ToJsonLine(Record(0)) + "\n";
  std::ofstream(path_) << line << "{\"suite\":\n" << line;
  EXPECT_THAT([&] { (void)ReadEpisodeLog(path_); },
              ThrowsMessage<Error>(HasSubstr(path_.string() + ":2: not the record")));
  std::string other_end = line;
  other_end.replace(other_end.find("timeout"), 7, "tired!!");
  std::ofstream(path_) << other_end;
  EXPECT_THAT([&] { (void)ReadEpisodeLog(path_); },
              ThrowsMessage<Error>(HasSubstr(":1: not the record of an episode: unknown end")));
}

TEST_F(EpisodeLogTest, HasOneWriter) {
  const EpisodeLog log(path_);
  EXPECT_THAT([&] { EpisodeLog other(path_); }, ThrowsMessage<Error>(HasSubstr("another run")));
}

TEST_F(EpisodeLogTest, AFullDiskLeavesWholeLines) {
  const std::string line = ToJsonLine(Record(0)) + "\n";
  EpisodeLog log(path_);
  log.Append(Record(0));
  {
    // the file may have a line and a half
    const FileSizeLimit limit(line.size() * 3 / 2);
    EXPECT_THAT([&] { log.Append(Record(1)); },
                ThrowsMessage<Error>(AllOf(HasSubstr("cannot append: the disk is full"),
                                           HasSubstr("nothing is lost"))));
    EXPECT_EQ(Text(), line);
    EXPECT_EQ(log.records().size(), 1u);
  }
  log.Append(Record(1));
  EXPECT_EQ(ReadEpisodeLog(path_).size(), 2u);
}

TEST_F(EpisodeLogTest, RefusesWhatIsNoFile) {
  EXPECT_THAT([] { EpisodeLog log("/dev/full"); },
              ThrowsMessage<Error>(HasSubstr("not a regular file")));
}

TEST_F(EpisodeLogTest, NoFileHasNoRecords) {
  EXPECT_TRUE(ReadEpisodeLog(path_).empty());
}

}  // namespace
}  // namespace libero
