#include "results/merge_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <system_error>

#include "results/report_tables.h"
#include "results/run_data.h"
#include "results/shard.h"
#include "results/statistics.h"
#include "sim/base/check.h"
#include "sim/base/json_differences.h"
#include "sim/base/run_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// What has to be the same of all shards.
Json CommonConfig(const RunData& run) {
  Json config = run.config;
  for (const char* key : {"shard", "envs", "threads"}) config.erase(key);
  return config;
}

RunData ReadShard(const fs::path& folder) {
  if (!IsRun(folder)) {
    throw Error(fmt::format("{}: no evaluation is there", folder.string()),
                "give folders that `libero eval --shard` wrote");
  }
  RunData run = ReadRun(folder);
  if (!run.config.contains("shard")) {
    throw Error(fmt::format("{} is no shard but a whole evaluation", folder.string()));
  }
  return run;
}

// By their places. Throws Error if they do not belong together.
std::map<int, RunData> ReadShards(const std::vector<fs::path>& folders) {
  std::map<int, RunData> shards;
  fs::path first;
  Json config;
  Json init_states;
  int count = 0;
  for (const fs::path& folder : folders) {
    const RunData run = ReadShard(folder);
    const Shard shard = ParseShard(run.config.at("shard").get<std::string>());
    const Json states = run.manifest.value("init_states", Json());
    if (shards.empty()) {
      first = folder;
      config = CommonConfig(run);
      init_states = states;
      count = shard.count;
    }
    std::vector<std::string> differences = JsonDifferences(config, CommonConfig(run));
    if (shard.count != count) {
      differences.push_back(fmt::format("number of shards: {} → {}", count, shard.count));
    }
    if (states != init_states) differences.emplace_back("init states");
    if (!differences.empty()) {
      throw Error(fmt::format("{} and {} are of different evaluations: {}", first.string(),
                              folder.string(), fmt::join(differences, "; ")));
    }
    if (!shards.emplace(shard.index, run).second) {
      throw Error(fmt::format("{}: shard {}/{} was given before", folder.string(), shard.index,
                              shard.count));
    }
  }
  return shards;
}

// The calls of all shards, and the rest of the first one's manifest.
Json MergeManifests(const std::map<int, RunData>& shards) {
  Json manifest = shards.begin()->second.manifest;
  manifest["calls"] = Json::array();
  for (const auto& [index, shard] : shards) {
    for (const Json& call : shard.manifest.value("calls", Json::array())) {
      manifest["calls"].push_back(call);
    }
  }
  return manifest;
}

// What a shard keeps of its episodes beside the log, if anything.
void CopyFiles(const fs::path& from, const fs::path& to) {
  if (!fs::is_directory(from)) return;
  std::error_code error;
  fs::create_directories(to, error);
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
  if (error) {
    throw Error(
        fmt::format("{}: cannot be copied to {}: {}", from.string(), to.string(), error.message()),
        "remove the folder of the whole and merge again");
  }
}

}  // namespace

int RunMergeCommand(const MergeOptions& options, std::ostream& out) {
  if (options.shards.empty()) throw Error("no shard was given", "libero merge runs/part-*");
  const std::map<int, RunData> shards = ReadShards(options.shards);
  const RunData& any = shards.begin()->second;
  Json config = any.config;
  config.erase("shard");

  // write
  const RunFolder folder(options.out, config, {"envs", "threads"});
  if (fs::exists(folder.file("episodes.jsonl"))) {
    throw Error(fmt::format("{} has episodes already", options.out.string()),
                "give an --out folder that is empty or not there yet");
  }
  folder.WriteManifest(MergeManifests(shards));
  std::vector<EpisodeRecord> records;
  for (const auto& [index, shard] : shards) {
    records.insert(records.end(), shard.records.begin(), shard.records.end());
  }
  std::ranges::sort(records, {}, [&](const EpisodeRecord& record) {
    const EpisodeSpec& spec = record.result.spec;
    const auto task = std::ranges::find(any.tasks, spec.task_index, &RunTask::index);
    return std::pair(task - any.tasks.begin(), spec.init_index);
  });
  {
    EpisodeLog log(folder.file("episodes.jsonl"));
    for (const EpisodeRecord& record : records) log.Append(record);
  }

  for (const auto& [index, shard] : shards) {
    for (const char* name : {"videos", "actions"}) {
      CopyFiles(shard.folder / name, folder.file(name));
    }
  }

  // say what there is
  const RunData merged = ReadRun(options.out);
  const RunStatistics statistics =
      ComputeStatistics(merged.planned, merged.records, IntervalMethod::kWilson);
  const std::string headline = Headline(statistics.overall);
  out << fmt::format("{}: {}\n", options.out.string(), headline);
  const std::string incompleteness = Incompleteness(statistics.overall.counts);
  if (incompleteness.empty()) {
    folder.WriteDone(headline);
    return 0;
  }
  out << "  " << incompleteness << "\n";
  return 1;
}

}  // namespace libero
