#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tasks/episode_log.h"

#include <nlohmann/json.hpp>

namespace libero {

// The folder of an evaluation that nobody ran: tasks 0 and 3 of libero_goal with three episodes
// each. Task 0 succeeds twice, task 3 once.
struct SmallRun {
  std::string suite = "libero_goal";
  std::string policy = "random";
  nlohmann::ordered_json protocol = {{"name", "univla"},
                                     {"max_steps", {{"libero_goal", 300}}},
                                     {"changed", nlohmann::json::array()}};
  int num_inits = 3;                                               // of each task
  nlohmann::ordered_json more = nlohmann::ordered_json::object();  // further fields of config.json
  std::vector<EpisodeRecord> records;                              // in any order

  SmallRun() {
    Add(3, 1, EpisodeEnd::kTimeout, 300);
    Add(0, 0, EpisodeEnd::kSuccess, 80);
    Add(0, 1, EpisodeEnd::kSuccess, 120);
    Add(0, 2, EpisodeEnd::kDiverged, 7);
    Add(3, 0, EpisodeEnd::kSuccess, 120);
    Add(3, 2, EpisodeEnd::kTimeout, 300);
  }

  void Add(int task_index, int init_index, EpisodeEnd end, int steps) {
    EpisodeRecord record;
    record.task_name = task_index == 0 ? "open_the_drawer" : "push_the_plate";
    record.result.spec = {suite, task_index, init_index, init_index + 1, 0};
    record.result.end = end;
    record.result.steps = steps;
    record.result.final_state_hash = 0xABC;
    records.push_back(record);
  }

  void Write(const std::filesystem::path& folder) const {
    using Json = nlohmann::ordered_json;
    std::filesystem::create_directories(folder);
    Json inits = Json::array();
    for (int init = 0; init < num_inits; ++init) inits.push_back(init);
    Json config = {{"suite", suite}, {"tasks", {0, 3}},     {"init_indices", inits},
                   {"seed", 0},      {"policy", policy},    {"protocol", protocol},
                   {"mode", "fast"}, {"renderer", "<none>"}};
    config.update(more);
    std::ofstream(folder / "config.json") << config.dump(2) << "\n";
    const Json manifest = {
        {"init_states",
         {{{"task_index", 0}, {"file", "open_the_drawer.pruned_init.npz"}},
          {{"task_index", 3}, {"file", "push_the_plate.pruned_init.npz"}}}},
        {"calls", {{{"version", "0.1.0"}, {"git_commit", "abc"}, {"mujoco", "3.3.2"}}}}};
    std::ofstream(folder / "manifest.json") << manifest.dump(2) << "\n";
    std::ofstream log(folder / "episodes.jsonl");
    for (EpisodeRecord record : records) {
      record.result.spec.suite = suite;
      log << ToJsonLine(record) << "\n";
    }
  }
};

}  // namespace libero
