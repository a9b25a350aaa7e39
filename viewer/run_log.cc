#include "viewer/run_log.h"

#include <fmt/format.h>

#include "sim/base/binomial_interval.h"
#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "tasks/episode_log.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

RunEpisode ToEpisode(const EpisodeResult& result) {
  return {.end = result.error.empty() ? Name(result.end) : "error",
          .steps = result.steps,
          .reset_index = result.spec.reset_index,
          .wall_s = result.wall_s,
          .final_state_hash = result.final_state_hash,
          .error = result.error};
}

// How a checkpoint acted.
CheckpointOptions ReadActing(const Json& json) {
  CheckpointOptions acting;
  acting.decode = json.value("decode", "");
  acting.act = json.value("act", "");
  acting.quirks = json.value("quirks", "");
  acting.statistics = json.value("statistics", "");
  return acting;
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
    if (json.contains("checkpoint")) run.acting = ReadActing(json["checkpoint"]);
    run.mode = json.at("mode");
    run.seed = json.at("seed");
    run.tasks = json.at("tasks").get<std::vector<int>>();
    run.inits = json.at("init_indices").get<std::vector<int>>();
    run.protocol = ProtocolFromJson(json.at("protocol"));
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{}: {}", config.string(), error.what()),
                "is it the folder of a libero eval?");
  }
  UpdateRun(run);
  return run;
}

bool UpdateRun(Run& run) {
  run.is_done = std::filesystem::exists(run.folder / "DONE");
  const size_t num_before = run.episodes.size();
  for (const EpisodeRecord& record : ReadEpisodeLog(run.folder / "episodes.jsonl")) {
    const EpisodeSpec& spec = record.result.spec;
    run.episodes[{spec.task_index, spec.init_index}] = ToEpisode(record.result);
  }
  return run.episodes.size() != num_before;
}

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
  const Interval interval = WilsonInterval(tally.num_successes, tally.num_episodes);
  tally.low = interval.low;
  tally.high = interval.high;
  return tally;
}

}  // namespace libero
