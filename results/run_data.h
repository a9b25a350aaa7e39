#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tasks/episode.h"
#include "tasks/episode_log.h"

#include <nlohmann/json.hpp>

namespace libero {

// A task as a run's files name it.
struct RunTask {
  int index = 0;
  std::string name;
  std::string instruction;
};

// What the folder of a `libero eval` says, finished or not.
struct RunData {
  std::string name;  // of the folder
  std::filesystem::path folder;
  std::string suite;                   // full name
  std::string policy;                  // as --policy had it
  std::string protocol;                // its name
  std::vector<RunTask> tasks;          // in the order of the plan
  std::vector<EpisodeSpec> planned;    // task by task
  std::vector<EpisodeRecord> records;  // of planned episodes, in this order; the last one of each

  std::set<std::string> videos;  // of episodes, by EpisodeFileStem

  // Of a run that its stop rule ended: how many episodes there might have been, and what it found.
  // `planned` are then those that count.
  struct Stop {
    int num_planned = 0;
    std::string conclusion;
  };
  std::optional<Stop> stop;

  nlohmann::ordered_json config;
  nlohmann::ordered_json manifest;  // an empty object if there is none yet
};

// The file in the run's folder that shows an episode, "videos/task0_init3.mp4"; "" if there is
// none.
[[nodiscard]] std::string VideoPathOf(const RunData& run, const EpisodeSpec& episode);

// Whether a folder is that of a `libero eval`.
[[nodiscard]] bool IsRun(const std::filesystem::path& folder);

// Reads the files and nothing else. Throws Error, with the file, for what cannot be read or does
// not fit together, e.g. a record that nobody planned.
[[nodiscard]] RunData ReadRun(const std::filesystem::path& folder);

}  // namespace libero
