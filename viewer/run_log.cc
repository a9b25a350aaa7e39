#include "viewer/run_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "tasks/suites.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::json;

// What of a protocol decides an episode of a suite.
Protocol ReadProtocol(const Json& json, const std::string& suite) {
  Protocol protocol = FindProtocol(json.at("name").get<std::string>());
  SetMaxSteps(protocol, json.at("max_steps").at(std::string(BaseSuite(suite))));
  protocol.settle_steps = json.at("settle_steps");
  protocol.settle_action = json.at("settle_action");
  protocol.frames.clear();
  for (const Json& frame : json.at("frames")) {
    protocol.frames.push_back({frame.at("camera"), frame.at("width"), frame.at("height")});
  }
  return protocol;
}

void AddEpisode(Run& run, const Json& line) {
  RunEpisode episode = {.end = line.at("end"),
                        .steps = line.at("steps"),
                        .reset_index = line.at("reset_index"),
                        .wall_s = line.at("wall_s")};
  if (line.contains("final_state_hash") && line.at("final_state_hash").is_string()) {
    episode.final_state_hash =
        std::stoull(line.at("final_state_hash").get<std::string>(), nullptr, 16);
  }
  if (line.contains("error")) episode.error = line.at("error");
  run.episodes[{line.at("task_index"), line.at("init_index")}] = episode;
}

}  // namespace

Run ReadRunLog(const std::filesystem::path& folder) {
  const std::filesystem::path config = folder / "config.json";
  if (!std::filesystem::exists(config)) {
    throw Error(fmt::format("{} is not the folder of an evaluation: it has no config.json",
                            folder.string()),
                "libero eval ... --out " + folder.string());
  }
  Run run = {.folder = folder};
  try {
    const Json json = Json::parse(ReadTextFile(config));
    run.suite = json.at("suite");
    run.policy = json.at("policy");
    run.mode = json.at("mode");
    run.seed = json.at("seed");
    run.tasks = json.at("tasks").get<std::vector<int>>();
    run.inits = json.at("init_indices").get<std::vector<int>>();
    run.protocol = ReadProtocol(json.at("protocol"), run.suite);
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{}: {}", config.string(), error.what()),
                "is it the folder of a libero eval?");
  }
  UpdateRun(run);
  return run;
}

bool UpdateRun(Run& run) {
  run.is_done = std::filesystem::exists(run.folder / "DONE");
  const std::filesystem::path log = run.folder / "episodes.jsonl";
  if (!std::filesystem::exists(log)) return false;
  const std::string text = ReadTextFile(log);
  const size_t end = text.rfind('\n');
  if (end == std::string::npos) return false;
  const size_t num_before = run.episodes.size();
  std::istringstream lines(text.substr(0, end));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    try {
      AddEpisode(run, Json::parse(line));
    } catch (const std::exception& error) {
      throw Error(fmt::format("{}:{}: {}", log.string(), number, error.what()));
    }
  }
  return run.episodes.size() != num_before;
}

// source: E. B. Wilson, JASA 22 (1927) 209
RunTally Count(const Run& run, int task) {
  RunTally tally;
  for (const auto& [key, episode] : run.episodes) {
    if (task >= 0 && key.first != task) continue;
    if (episode.end == "error") {
      ++tally.num_errors;
      continue;
    }
    ++tally.num_episodes;
    tally.num_successes += episode.end == "success";
  }
  if (tally.num_episodes == 0) return tally;
  constexpr double kZ = 1.959963984540054;  // of the normal distribution, 97.5 %
  const double n = tally.num_episodes;
  const double rate = tally.num_successes / n;
  const double middle = (rate + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half =
      kZ / (1 + kZ * kZ / n) * std::sqrt(rate * (1 - rate) / n + kZ * kZ / (4 * n * n));
  tally.low = std::max(0.0, middle - half);
  tally.high = std::min(1.0, middle + half);
  return tally;
}

}  // namespace libero
