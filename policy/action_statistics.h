#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/action_chunk.h"
#include "sim/observation.h"

#include <nlohmann/json_fwd.hpp>

namespace libero {

// What N columns of numbers are like.
template <size_t N>
struct ColumnStatistics {
  std::array<double, N> mean{};
  std::array<double, N> std{};
  std::array<double, N> min{};
  std::array<double, N> max{};
  std::array<double, N> q01{};
  std::array<double, N> q99{};
};

// Percentiles are interpolated linearly, as numpy's. Throws Error if there are no rows. Of 7 and 8
// columns.
template <size_t N>
[[nodiscard]] ColumnStatistics<N> ComputeColumnStatistics(
    const std::vector<std::array<double, N>>& rows);

// A number of column i as networks see it: clip(2 (x - q01) / (q99 - q01 + 1e-8) - 1, -1, 1); 0 if
// the column never changes.
// source: openvla@c8f03f4:prismatic/vla/datasets/rlds/utils/data_utils.py
template <size_t N>
[[nodiscard]] double ScaleToRange(double x, size_t i, const ColumnStatistics<N>& statistics) {
  if (statistics.min[i] == statistics.max[i]) return 0;
  const double low = statistics.q01[i];
  return std::clamp(2 * (x - low) / (statistics.q99[i] - low + 1e-8) - 1, -1.0, 1.0);
}

// What the actions of a dataset are like, by which networks scale theirs, and what else is known.
struct ActionStatistics : ColumnStatistics<7> {
  std::array<bool, 7> mask{true, true, true, true, true, true, false};  // which are scaled
  std::optional<ColumnStatistics<8>> proprio;  // see policy/proprio.h; not in all datasets
  int64_t num_transitions = 0;
  int64_t num_trajectories = 0;
};

// Computes them of actions as networks see them but for the scale: six numbers of the environment's
// and the gripper's of the network. Throws Error if there are none.
[[nodiscard]] ActionStatistics ComputeStatistics(const std::vector<std::array<double, 7>>& actions,
                                                 int64_t num_trajectories);

// Scales for training, as ScaleToRange does, where the mask says so. Converts the gripper.
[[nodiscard]] NetworkAction NormalizeAction(const Action& action,
                                            const ActionStatistics& statistics);

// Scales for acting: (y + 1) (q99 - q01) / 2 + q01 where the mask says so; converts the gripper.
// `network` may be an average of actions.
[[nodiscard]] Action UnnormalizeAction(const std::array<double, 7>& network,
                                       const ActionStatistics& statistics);

// `dataset_statistics.json` of a checkpoint, or `norm_stats` in its config.json: statistics by the
// name of the dataset, e.g. "libero_spatial_no_noops".
class DatasetStatistics {
 public:
  // `name` stands for the file in errors.
  DatasetStatistics(const nlohmann::json& by_dataset, std::string name);
  static DatasetStatistics Read(const std::filesystem::path& path);

  // Of a checkpoint's folder: from dataset_statistics.json or, if it is not there, from norm_stats
  // in config.json, as OpenVLA's loader does. Throws Error if there is neither.
  static DatasetStatistics ReadFolder(const std::filesystem::path& folder);

  // Throws Error, with the names that are there, if there are none by this name; or if a number of
  // these is missing or not finite, or q01 and q99 of a dimension that is scaled are out of order.
  [[nodiscard]] const ActionStatistics& ForKey(std::string_view key) const;

  // Those of a LIBERO suite: under its name, or that with "_no_noops" behind; a suite of LIBERO-PRO
  // has its base suite's. Throws Error likewise, and if LIBERO's actions, which lie in [-1, 1],
  // cannot have these.
  [[nodiscard]] const ActionStatistics& ForSuite(std::string_view suite) const;

  [[nodiscard]] std::vector<std::string> keys() const;

 private:
  struct Entry {
    ActionStatistics statistics;
    std::string error;  // or why there are none: they may be of a dataset that nobody asks for
  };
  std::map<std::string, Entry, std::less<>> by_key_;
  std::string name_;
};

// As it stands in dataset_statistics.json under the dataset's name.
[[nodiscard]] nlohmann::json StatisticsJson(const ActionStatistics& statistics);

}  // namespace libero
