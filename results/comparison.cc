#include "results/comparison.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

#include "sim/base/check.h"
#include "sim/base/json_differences.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;
using Key = std::tuple<std::string, int, int, int, uint32_t>;

// Whether an episode succeeded, of those that ended.
std::map<Key, bool> Successes(const RunData& run) {
  std::map<Key, bool> successes;
  for (const EpisodeRecord& record : run.records) {
    const EpisodeSpec& spec = record.result.spec;
    if (!record.result.error.empty()) continue;
    successes[{spec.suite, spec.task_index, spec.init_index, spec.reset_index, spec.seed}] =
        record.result.success();
  }
  return successes;
}

// The hash of each task's init states, by task.
Json InitStateHashes(const RunData& run) {
  Json hashes = Json::object();
  for (const Json& file : run.manifest.value("init_states", Json::array())) {
    if (!file.contains("xxh3_128")) continue;
    hashes[fmt::format("task {}", file.at("task_index").dump())] = file.at("xxh3_128");
  }
  return hashes;
}

// The fields that tell of the machine and its libraries.
Json Surroundings(const RunData& run) {
  const Json calls = run.manifest.value("calls", Json::array());
  const Json call = calls.empty() ? Json::object() : calls.back();
  Json fields = {{"renderer", run.config.value("renderer", Json())}};
  for (const char* key : {"mujoco", "blas_kernels", "cpu", "git_commit"}) {
    fields[key] = call.value(key, Json());
  }
  return fields;
}

}  // namespace

Comparison Compare(const RunData& a, const RunData& b) {
  const std::map<Key, bool> successes_of_b = Successes(b);
  std::map<int, PairCounts> by_task;
  Comparison comparison;
  for (const auto& [key, a_succeeds] : Successes(a)) {
    const auto partner = successes_of_b.find(key);
    if (partner == successes_of_b.end()) continue;
    comparison.counts.Add(a_succeeds, partner->second);
    by_task[std::get<1>(key)].Add(a_succeeds, partner->second);
  }
  const int num_pairs = comparison.counts.num_pairs();
  if (num_pairs == 0) {
    throw Error(
        fmt::format("{} and {} have no episode in common: the same suite, task, init state, "
                    "reset and seed, ended in both",
                    a.folder.string(), b.folder.string()),
        "run both with the same --suite, --tasks, --inits and --seed");
  }
  comparison.num_unpaired_a = static_cast<int>(a.planned.size()) - num_pairs;
  comparison.num_unpaired_b = static_cast<int>(b.planned.size()) - num_pairs;

  std::vector<PairCounts> tasks;
  for (const RunTask& task : a.tasks) {
    if (!by_task.contains(task.index)) continue;
    comparison.tasks.push_back({.task = task, .counts = by_task[task.index]});
    tasks.push_back(by_task[task.index]);
  }
  comparison.p_value = McNemarTest(comparison.counts);
  comparison.difference = BootstrapDifference(comparison.counts);
  if (tasks.size() > 1) comparison.over_tasks = BootstrapDifferenceOverTasks(tasks);
  comparison.pairs_needed = PairsNeeded(comparison.counts);
  return comparison;
}

RunDifferences FindDifferences(const RunData& a, const RunData& b) {
  RunDifferences differences;
  const auto add = [](std::vector<std::string>& list, const Json& old_value,
                      const Json& new_value) {
    const std::vector<std::string> found = JsonDifferences(old_value, new_value);
    list.insert(list.end(), found.begin(), found.end());
  };
  for (const char* key : {"suite", "seed", "protocol", "mode"}) {
    add(differences.of_protocol, {{key, a.config.value(key, Json())}},
        {{key, b.config.value(key, Json())}});
  }
  // init states of tasks that both have
  const Json all_of_a = InitStateHashes(a);
  const Json all_of_b = InitStateHashes(b);
  Json hashes_of_a = Json::object();
  Json hashes_of_b = Json::object();
  for (const auto& [task, hash] : all_of_a.items()) {
    if (!all_of_b.contains(task)) continue;
    hashes_of_a[task] = hash;
    hashes_of_b[task] = all_of_b[task];
  }
  add(differences.of_protocol, {{"init_states", hashes_of_a}}, {{"init_states", hashes_of_b}});
  add(differences.others, Surroundings(a), Surroundings(b));
  return differences;
}

}  // namespace libero
