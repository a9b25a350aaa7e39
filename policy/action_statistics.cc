#include "policy/action_statistics.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "policy/gripper.h"
#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "tasks/suites.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using nlohmann::json;

constexpr size_t kGripper = 6;
constexpr const char* kNoScale = "a model's actions have no scale without dataset_statistics.json";
constexpr double kRangeTolerance = 1e-6;  // of LIBERO's [-1, 1]: numbers are rounded to float

// Arrays of statistics and what they are called.
template <size_t N>
struct Field {
  const char* name;
  std::array<double, N> ColumnStatistics<N>::*values;
};
template <size_t N>
constexpr std::array<Field<N>, 6> kFields = {{
    {"mean", &ColumnStatistics<N>::mean},
    {"std", &ColumnStatistics<N>::std},
    {"min", &ColumnStatistics<N>::min},
    {"max", &ColumnStatistics<N>::max},
    {"q01", &ColumnStatistics<N>::q01},
    {"q99", &ColumnStatistics<N>::q99},
}};

// The array of `size` under `key` in `columns`, of numbers or claims; `where` names these.
const json& GetArray(const json& columns, const char* key, size_t size, const std::string& where) {
  const auto array = columns.find(key);
  if (array == columns.end()) throw Error(fmt::format("{}: no '{}'", where, key));
  if (!array->is_array() || array->size() != size) {
    throw Error(fmt::format("{}: '{}' is {}, expected an array of {}", where, key,
                            array->is_array() ? fmt::format("one of {}", array->size())
                                              : std::string(array->type_name()),
                            size));
  }
  return *array;
}

template <size_t N>
std::array<double, N> GetNumbers(const json& columns, const char* key, const std::string& where) {
  const json& array = GetArray(columns, key, N, where);
  std::array<double, N> numbers{};
  for (size_t i = 0; i < N; ++i) {
    if (array[i].is_number()) numbers[i] = array[i].get<double>();
    if (!array[i].is_number() || !std::isfinite(numbers[i])) {
      throw Error(
          fmt::format("{}: '{}'[{}] is {}, expected a number", where, key, i, array[i].dump()));
    }
  }
  return numbers;
}

template <size_t N>
void ParseColumns(const json& columns, const std::string& where, ColumnStatistics<N>& statistics) {
  for (const Field<N>& field : kFields<N>) {
    statistics.*field.values = GetNumbers<N>(columns, field.name, where);
  }
}

// The statistics of the robot's state, or null. OpenVLA's tools write others under this name where
// a dataset has none: as many zeros as an action has numbers.
const json* FindProprio(const json& dataset) {
  const auto proprio = dataset.find("proprio");
  if (proprio == dataset.end() || !proprio->is_object()) return nullptr;
  const auto mean = proprio->find("mean");
  return mean != proprio->end() && mean->size() == 8 ? &*proprio : nullptr;
}

int64_t GetCount(const json& dataset, const char* key) {
  const auto count = dataset.find(key);
  return count != dataset.end() && count->is_number_integer() ? count->get<int64_t>() : 0;
}

ActionStatistics Parse(const json& dataset, const std::string& where) {
  if (!dataset.is_object() || !dataset.contains("action") || !dataset["action"].is_object()) {
    throw Error(fmt::format("{}: no statistics of actions", where));
  }
  const json& action = dataset["action"];
  ActionStatistics statistics;
  ParseColumns(action, where, statistics);
  if (action.contains("mask")) {
    const json& mask = GetArray(action, "mask", 7, where);
    for (size_t i = 0; i < 7; ++i) {
      if (!mask[i].is_boolean()) {
        throw Error(
            fmt::format("{}: 'mask'[{}] is {}, expected true or false", where, i, mask[i].dump()));
      }
      statistics.mask[i] = mask[i].get<bool>();
    }
  }
  for (size_t i = 0; i < 7; ++i) {
    if (!statistics.mask[i] || statistics.q01[i] <= statistics.q99[i]) continue;
    throw Error(fmt::format("{}: q01[{}] = {} is above q99[{}] = {}", where, i, statistics.q01[i],
                            i, statistics.q99[i]));
  }
  if (const json* proprio = FindProprio(dataset)) {
    ParseColumns(*proprio, where + ": proprio", statistics.proprio.emplace());
  }
  statistics.num_transitions = GetCount(dataset, "num_transitions");
  statistics.num_trajectories = GetCount(dataset, "num_trajectories");
  return statistics;
}

template <size_t N>
json ColumnsJson(const ColumnStatistics<N>& statistics) {
  json columns;
  for (const Field<N>& field : kFields<N>) columns[field.name] = statistics.*field.values;
  return columns;
}

// Of sorted numbers, at `fraction` of the way from the first to the last.
double Percentile(const std::vector<double>& sorted, double fraction) {
  const double position = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - std::floor(position));
}

}  // namespace

template <size_t N>
ColumnStatistics<N> ComputeColumnStatistics(const std::vector<std::array<double, N>>& rows) {
  if (rows.empty()) throw Error("no numbers to compute statistics of");
  const auto count = static_cast<double>(rows.size());
  ColumnStatistics<N> statistics;
  for (size_t i = 0; i < N; ++i) {
    std::vector<double> values(rows.size());
    std::ranges::transform(rows, values.begin(), [i](const auto& row) { return row[i]; });
    std::ranges::sort(values);
    double sum = 0;
    for (const double value : values) sum += value;
    double squares = 0;
    for (const double value : values) squares += (value - sum / count) * (value - sum / count);
    statistics.mean[i] = sum / count;
    statistics.std[i] = std::sqrt(squares / count);
    statistics.min[i] = values.front();
    statistics.max[i] = values.back();
    statistics.q01[i] = Percentile(values, 0.01);
    statistics.q99[i] = Percentile(values, 0.99);
  }
  return statistics;
}

template ColumnStatistics<7> ComputeColumnStatistics(const std::vector<std::array<double, 7>>&);
template ColumnStatistics<8> ComputeColumnStatistics(const std::vector<std::array<double, 8>>&);

ActionStatistics ComputeStatistics(const std::vector<std::array<double, 7>>& actions,
                                   int64_t num_trajectories) {
  ActionStatistics statistics{ComputeColumnStatistics(actions)};
  statistics.num_transitions = static_cast<int64_t>(actions.size());
  statistics.num_trajectories = num_trajectories;
  return statistics;
}

NetworkAction NormalizeAction(const Action& action, const ActionStatistics& statistics) {
  NetworkAction network{};
  for (size_t i = 0; i < 7; ++i) {
    double value = i == kGripper ? GripperToNetwork(action[i]) : action[i];
    if (statistics.mask[i]) value = ScaleToRange<7>(value, i, statistics);
    network[i] = static_cast<float>(value);
  }
  return network;
}

Action UnnormalizeAction(const std::array<double, 7>& network, const ActionStatistics& statistics) {
  Action action{};
  for (size_t i = 0; i < 7; ++i) {
    double value = network[i];
    if (statistics.mask[i]) {
      const double low = statistics.q01[i];
      value = 0.5 * (value + 1) * (statistics.q99[i] - low) + low;
    }
    action[i] = i == kGripper ? GripperToEnv(value) : value;
  }
  return action;
}

DatasetStatistics::DatasetStatistics(const json& by_dataset, std::string name)
    : name_(std::move(name)) {
  for (const auto& [key, dataset] : by_dataset.items()) {
    try {
      by_key_[key].statistics = Parse(dataset, fmt::format("{}: {}", name_, key));
    } catch (const Error& error) {
      by_key_[key].error = error.what();
    }
  }
}

DatasetStatistics DatasetStatistics::Read(const std::filesystem::path& path) {
  return DatasetStatistics(ReadJsonObject(path, kNoScale), path.string());
}

DatasetStatistics DatasetStatistics::ReadFolder(const std::filesystem::path& folder) {
  const std::filesystem::path statistics = folder / "dataset_statistics.json";
  const std::filesystem::path config = folder / "config.json";
  if (std::filesystem::exists(statistics) || !std::filesystem::exists(config)) {
    return Read(statistics);
  }
  const json all = ReadJsonObject(config);
  const auto norm_stats = all.find("norm_stats");
  if (norm_stats == all.end() || !norm_stats->is_object()) {
    throw Error(fmt::format("{}: no action statistics: neither dataset_statistics.json nor "
                            "norm_stats in config.json",
                            folder.string()),
                kNoScale);
  }
  return DatasetStatistics(*norm_stats, config.string() + ": norm_stats");
}

std::vector<std::string> DatasetStatistics::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, entry] : by_key_) keys.push_back(key);
  return keys;
}

const ActionStatistics& DatasetStatistics::ForKey(std::string_view key) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    throw Error(fmt::format("{}: no action statistics '{}'", name_, key),
                by_key_.empty() ? "there are none at all: the model was not fine-tuned"
                                : fmt::format("there are: {}", fmt::join(keys(), ", ")));
  }
  if (!found->second.error.empty()) throw Error(found->second.error);
  return found->second.statistics;
}

const ActionStatistics& DatasetStatistics::ForSuite(std::string_view suite) const {
  const std::string base(BaseSuite(suite));
  const std::string key = by_key_.contains(base) ? base : base + "_no_noops";
  const ActionStatistics& statistics = ForKey(key);
  for (size_t i = 0; i < 7; ++i) {
    if (std::max(-statistics.q01[i], statistics.q99[i]) <= 1 + kRangeTolerance) continue;
    throw Error(fmt::format("{}: {}: q01[{}] = {}, q99[{}] = {}, but LIBERO's actions lie in "
                            "[-1, 1]",
                            name_, key, i, statistics.q01[i], i, statistics.q99[i]),
                "are these statistics of actions, or in other units?");
  }
  return statistics;
}

json StatisticsJson(const ActionStatistics& statistics) {
  json result = {{"action", ColumnsJson<7>(statistics)},
                 {"num_transitions", statistics.num_transitions},
                 {"num_trajectories", statistics.num_trajectories}};
  result["action"]["mask"] = statistics.mask;
  if (statistics.proprio) result["proprio"] = ColumnsJson(*statistics.proprio);
  return result;
}

}  // namespace libero
