#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tasks/episode.h"

namespace libero {

// An episode's line in a log.
struct EpisodeRecord {
  EpisodeResult result;
  std::string task_name;
};

// One line of JSON, without its end, with the keys suite, task, task_index, init_index,
// reset_index, seed, success, steps, end, goal (how many predicates it has, and held at best and at
// the end), wall_s and final_state_hash (16 hexadecimal digits). For an episode with an error,
// success and final_state_hash are null, goal is not there, end is "error", and `error` is the
// message.
[[nodiscard]] std::string ToJsonLine(const EpisodeRecord& record);

// The record that such a line holds. Throws Error or nlohmann::json::exception if it is none.
[[nodiscard]] EpisodeRecord FromJsonLine(const std::string& line);

// The records of a log, in their order; none if there is no file. A last line without its end,
// which an interrupted run leaves, is dropped. Throws Error, with file:line, for a line that is not
// a record.
[[nodiscard]] std::vector<EpisodeRecord> ReadEpisodeLog(const std::filesystem::path& path);

// The file episodes.jsonl of a run: lines are appended, each in one write, and never changed. Not
// thread-safe.
class EpisodeLog {
 public:
  // Opens the file or makes it, drops a last line without its end, which it says in the log, and
  // keeps other processes from doing the same. Throws Error as ReadEpisodeLog does, if the file
  // cannot be opened, and if another process has it.
  explicit EpisodeLog(std::filesystem::path path);
  ~EpisodeLog();
  EpisodeLog(const EpisodeLog&) = delete;
  EpisodeLog& operator=(const EpisodeLog&) = delete;

  // Those of the file and those appended.
  [[nodiscard]] const std::vector<EpisodeRecord>& records() const { return records_; }

  // Throws Error if the line cannot be written.
  void Append(const EpisodeRecord& record);

 private:
  std::filesystem::path path_;
  int file_ = -1;
  std::vector<EpisodeRecord> records_;
};

}  // namespace libero
