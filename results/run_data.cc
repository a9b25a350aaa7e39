#include "results/run_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "results/sequential_statistics.h"
#include "results/shard.h"
#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "tasks/action_file.h"
#include "tasks/suites.h"

namespace libero {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// ReadJsonFile sorts the keys; records keep their order.
Json ReadJson(const fs::path& path) {
  (void)ReadJsonObject(path, "the folder of a `libero eval` has it");
  return Json::parse(ReadTextFile(path));
}

// The stem of the task's file of init states is its name.
std::vector<RunTask> NameTasks(const RunData& run) {
  std::map<int, std::string> names;
  for (const Json& file : run.manifest.value("init_states", Json::array())) {
    const auto name = file.at("file").get<std::string>();
    names[file.at("task_index").get<int>()] = name.substr(0, name.find('.'));
  }
  for (const EpisodeRecord& record : run.records) {
    names[record.result.spec.task_index] = record.task_name;
  }
  std::vector<RunTask> tasks;
  for (const Json& json : run.config.at("tasks")) {
    RunTask task = {.index = json.get<int>()};
    task.name = names.contains(task.index) ? names[task.index] : fmt::format("task {}", task.index);
    task.instruction = InstructionFromName(task.name);
    tasks.push_back(task);
  }
  return tasks;
}

std::vector<EpisodeSpec> PlannedEpisodes(const Json& config) {
  std::vector<EpisodeSpec> planned;
  for (const Json& task : config.at("tasks")) {
    for (const Json& init : config.at("init_indices")) {
      planned.push_back({.suite = config.at("suite").get<std::string>(),
                         .task_index = task.get<int>(),
                         .init_index = init.get<int>(),
                         .reset_index = init.get<int>() + 1,
                         .seed = config.at("seed").get<uint32_t>()});
    }
  }
  return planned;
}

using Key = std::tuple<std::string, int, int, int, uint32_t>;

Key KeyOf(const EpisodeSpec& spec) {
  return {spec.suite, spec.task_index, spec.init_index, spec.reset_index, spec.seed};
}

// Throws Error for a record that nobody planned.
void CheckPlanned(const std::vector<EpisodeSpec>& planned,
                  const std::vector<EpisodeRecord>& records, const fs::path& path) {
  std::set<Key> keys;
  for (const EpisodeSpec& spec : planned) keys.insert(KeyOf(spec));
  for (const EpisodeRecord& record : records) {
    const EpisodeSpec& spec = record.result.spec;
    if (keys.contains(KeyOf(spec))) continue;
    throw Error(fmt::format("{}: task {} with init state {}, reset {} and seed {} of {} is not "
                            "among the episodes of config.json",
                            path.string(), spec.task_index, spec.init_index, spec.reset_index,
                            spec.seed, spec.suite),
                "the log of another run may have been copied here");
  }
}

// The last record of each planned episode, in the order of the plan.
std::vector<EpisodeRecord> InOrder(const std::vector<EpisodeSpec>& planned,
                                   const std::vector<EpisodeRecord>& records) {
  std::map<Key, const EpisodeRecord*> last;
  for (const EpisodeRecord& record : records) last[KeyOf(record.result.spec)] = &record;
  std::vector<EpisodeRecord> result;
  for (const EpisodeSpec& spec : planned) {
    const auto record = last.find(KeyOf(spec));
    if (record != last.end()) result.push_back(*record->second);
  }
  return result;
}

// Leaves the episodes that count of a run that its rule has stopped: the first so many in its
// order.
void ApplyStop(const fs::path& path, RunData& run) {
  if (!fs::exists(path)) return;
  const Json stop = ReadJson(path);
  run.stop =
      RunData::Stop{static_cast<int>(run.planned.size()), stop.at("conclusion").get<std::string>()};
  std::vector<int> order =
      RandomOrder(run.stop->num_planned, run.config.at("seed").get<uint32_t>());
  order.resize(std::min(order.size(), stop.at("num_episodes").get<size_t>()));
  std::ranges::sort(order);
  std::vector<EpisodeSpec> counted;
  counted.reserve(order.size());
  for (const int place : order) counted.push_back(run.planned[static_cast<size_t>(place)]);
  run.planned = counted;
}

}  // namespace

std::string VideoPathOf(const RunData& run, const EpisodeSpec& episode) {
  const std::string stem = EpisodeFileStem(episode);
  return run.videos.contains(stem) ? "videos/" + stem + ".mp4" : "";
}

bool IsRun(const fs::path& folder) {
  const fs::path path = folder / "config.json";
  return fs::is_regular_file(path) && ReadJson(path).contains("init_indices");
}

RunData ReadRun(const fs::path& folder) {
  RunData run = {.name = fs::weakly_canonical(folder).filename().string(), .folder = folder};
  const fs::path config_path = folder / "config.json";
  run.config = ReadJson(config_path);
  run.manifest = Json::object();
  if (fs::exists(folder / "manifest.json")) run.manifest = ReadJson(folder / "manifest.json");
  const fs::path log_path = folder / "episodes.jsonl";
  const std::vector<EpisodeRecord> records = ReadEpisodeLog(log_path);
  try {
    run.suite = run.config.at("suite").get<std::string>();
    run.policy = run.config.at("policy").get<std::string>();
    run.protocol = run.config.at("protocol").at("name").get<std::string>();
    run.planned = PlannedEpisodes(run.config);
    if (run.config.contains("shard")) {
      run.planned = ParseShard(run.config["shard"].get<std::string>()).Of(run.planned);
    }
    CheckPlanned(run.planned, records, log_path);
    ApplyStop(folder / "stop.json", run);
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{}: not the options of an evaluation: {}", config_path.string(),
                            error.what()));
  }
  run.records = InOrder(run.planned, records);
  for (const EpisodeSpec& spec : run.planned) {
    const std::string stem = EpisodeFileStem(spec);
    if (fs::exists(folder / "videos" / (stem + ".mp4"))) run.videos.insert(stem);
  }
  try {
    run.tasks = NameTasks(run);
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{}: not the manifest of an evaluation: {}",
                            (folder / "manifest.json").string(), error.what()));
  }
  return run;
}

}  // namespace libero
