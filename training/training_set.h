#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "policy/image_transform.h"
#include "sim/observation.h"
#include "tasks/suites.h"
#include "training/frame_file.h"

namespace libero {

// A demonstration: the rows [first, first + count) of a set. Row t of it is what is seen before its
// action t, and that action.
struct TrainingDemo {
  int64_t first = 0;
  int count = 0;            // ≥ 1
  std::string task;         // name; see DemoFileEntry
  std::string instruction;  // what a policy is told

  bool operator==(const TrainingDemo&) const = default;
};

// A column of numbers, `width` in each row, e.g. of "obs/ee_states".
struct TrainingNumbers {
  std::string name;
  size_t width = 0;
  std::vector<double> values;  // (R, width)
};

// Demonstrations as training reads them, R rows in all: pictures on disk, the rest in memory.
// Reading it is free for all threads.
struct TrainingSet {
  std::vector<TrainingDemo> demos;
  std::vector<Action> actions;           // (R), the environment's; as chosen, without noise
  std::vector<uint8_t> disturbed;        // (R), 1 where noise changed it by > 0.1; or empty
  std::vector<TrainingNumbers> numbers;  // as asked for
  FrameFile frames;  // (R), as a network sees them, but uncropped; top row first

  // Of the files' contents and of how they were read: a key for what is computed from the set.
  std::string key;

  [[nodiscard]] int64_t num_rows() const { return static_cast<int64_t>(actions.size()); }
  [[nodiscard]] std::span<const Action> ActionsOf(const TrainingDemo& demo) const;
  [[nodiscard]] std::span<const uint8_t> DisturbedOf(const TrainingDemo& demo) const;
};

struct TrainingSetOptions {
  std::string picture = "agentview_rgb";  // dataset below "obs"

  // Datasets of a demonstration, "obs/ee_states", "robot_states", "states", ...: (T, N) or (T).
  std::vector<std::string> numbers;

  // The way of a picture to the network. `frame_size` is taken from the files; no crop is made,
  // whatever `crop_area` says, for in training crops are random (see augment.h).
  ImageTransformOptions transform;

  std::filesystem::path cache_folder;  // made if it is missing
  int num_threads = 1;

  // Called now and then by the calling thread while pictures are prepared: rows that are done, and
  // all. What it throws ends the work and comes out of LoadTrainingSet, nothing is left behind.
  std::function<void(int64_t done, int64_t total)> progress;
};

// Reads demonstrations. Their pictures are prepared once and kept in the cache folder, in a file
// named by the key; if that is damaged, a warning says so and it is made anew. Memory does not grow
// with the pictures. Each time the files are read whole for their hashes.
//
// In files whose observations are of the instant after their row's action (LIBERO's own, see
// DemoDataset), row t of a demonstration here is the observation t and the action t + 1: a step is
// lost, and demonstrations of one step are left out. Numbers below "obs/" and "robot_states" are
// observations, others ("states") are of the instant before their row's action everywhere.
//
// Throws Error as DemoDataset does; if pictures are not square, nothing remains, or the cache
// cannot be written.
[[nodiscard]] TrainingSet LoadTrainingSet(const std::vector<std::filesystem::path>& files,
                                          const std::vector<Suite>& suites,
                                          const TrainingSetOptions& options);

}  // namespace libero
