#include "tasks/episode_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/log.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kEnds = {EpisodeEnd::kSuccess, EpisodeEnd::kTimeout, EpisodeEnd::kDiverged,
                              EpisodeEnd::kCancelled};

std::string SystemMessage() {
  return std::generic_category().message(errno);
}

Json ToJson(const GoalProgress& progress) {
  return {{"predicates", progress.num_predicates}, {"best", progress.best}, {"end", progress.end}};
}

GoalProgress ReadProgress(const Json& json) {
  return {.num_predicates = json.at("predicates").get<int>(),
          .best = json.at("best").get<int>(),
          .end = json.at("end").get<int>()};
}

}  // namespace

std::string ToJsonLine(const EpisodeRecord& record) {
  const EpisodeResult& result = record.result;
  const bool has_error = !result.error.empty();
  Json json = {{"suite", result.spec.suite},
               {"task", record.task_name},
               {"task_index", result.spec.task_index},
               {"init_index", result.spec.init_index},
               {"reset_index", result.spec.reset_index},
               {"seed", result.spec.seed},
               {"success", has_error ? Json() : Json(result.success())},
               {"steps", result.steps},
               {"end", has_error ? "error" : Name(result.end)},
               {"goal", ToJson(result.progress)},
               {"wall_s", std::round(result.wall_s * 1000) / 1000},
               {"final_state_hash",
                has_error ? Json() : Json(fmt::format("{:016x}", result.final_state_hash))}};
  if (has_error || result.progress.num_predicates == 0) json.erase("goal");
  if (has_error) json["error"] = result.error;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

EpisodeRecord FromJsonLine(const std::string& line) {
  const Json json = Json::parse(line);
  EpisodeRecord record;
  record.task_name = json.at("task").get<std::string>();
  EpisodeResult& result = record.result;
  result.spec.suite = json.at("suite").get<std::string>();
  result.spec.task_index = json.at("task_index").get<int>();
  result.spec.init_index = json.at("init_index").get<int>();
  result.spec.reset_index = json.at("reset_index").get<int>();
  result.spec.seed = json.at("seed").get<uint32_t>();
  result.steps = json.at("steps").get<int>();
  result.wall_s = json.at("wall_s").get<double>();
  if (json.contains("goal")) result.progress = ReadProgress(json.at("goal"));
  const std::string end = json.at("end").get<std::string>();
  if (end == "error") {
    result.error = json.at("error").get<std::string>();
    return record;
  }
  const auto* known = std::ranges::find(kEnds, end, Name);
  if (known == kEnds.end()) throw Error(fmt::format("unknown end '{}'", end));
  result.end = *known;
  const std::string hash = json.at("final_state_hash").get<std::string>();
  const auto parsed =
      std::from_chars(hash.data(), hash.data() + hash.size(), result.final_state_hash, 16);
  if (hash.size() != 16 || parsed.ptr != hash.data() + hash.size()) {
    throw Error(fmt::format("expected a hash of 16 digits, got '{}'", hash));
  }
  if (json.at("success").get<bool>() != result.success()) {
    throw Error("success and end do not agree");
  }
  return record;
}

std::vector<EpisodeRecord> ReadEpisodeLog(const std::filesystem::path& path) {
  std::vector<EpisodeRecord> records;
  std::ifstream file(path);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (file.eof()) break;  // no end of line: cut off
    try {
      records.push_back(FromJsonLine(line));
    } catch (const std::exception& error) {
      throw Error(fmt::format("{}:{}: not the record of an episode: {}", path.string(), number,
                              error.what()),
                  "a line that was damaged can be removed; its episode is then run again");
    }
  }
  return records;
}

EpisodeLog::EpisodeLog(std::filesystem::path path) : path_(std::move(path)) {
  if (std::filesystem::exists(path_) && !std::filesystem::is_regular_file(path_)) {
    throw Error(fmt::format("{} is not a regular file", path_.string()));
  }
  file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) throw Error(fmt::format("{}: {}", path_.string(), SystemMessage()));
  try {
    if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
      throw Error(
          fmt::format("{}: {}", path_.string(),
                      errno == EWOULDBLOCK ? "another run is writing it" : SystemMessage()));
    }
    records_ = ReadEpisodeLog(path_);
    std::ifstream whole(path_);
    const std::string text{std::istreambuf_iterator<char>(whole), {}};
    const size_t end = text.rfind('\n') + 1;  // 0 if there is no line
    if (end < text.size()) {
      LogWarning("tasks",
                 fmt::format("{}: the last line was cut off after {} bytes and is dropped; "
                             "its episode is run again",
                             path_.string(), text.size() - end));
      if (ftruncate(file_, static_cast<off_t>(end)) != 0) {
        throw Error(fmt::format("{}: {}", path_.string(), SystemMessage()));
      }
    }
  } catch (const std::exception&) {
    close(file_);
    throw;
  }
}

EpisodeLog::~EpisodeLog() {
  close(file_);
}

void EpisodeLog::Append(const EpisodeRecord& record) {
  const std::string line = ToJsonLine(record) + "\n";
  const off_t end = lseek(file_, 0, SEEK_END);
  const ssize_t written = write(file_, line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) {
    const std::string reason = written < 0 ? SystemMessage() : "the disk is full";
    // a part of a line is dropped at once, or else when the run continues
    const bool is_mended = written <= 0 || ftruncate(file_, end) == 0;
    throw Error(fmt::format("{}: cannot append: {}", path_.string(), reason),
                is_mended ? "nothing is lost: the same command continues when there is space"
                          : "the last line is cut off; the same command drops it and continues");
  }
  records_.push_back(record);
}

}  // namespace libero
