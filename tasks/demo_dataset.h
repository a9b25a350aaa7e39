#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/hdf5_file.h"
#include "sim/observation.h"
#include "tasks/demo_file.h"
#include "tasks/demo_recorder.h"

namespace libero {

// What to read of demonstrations beside their actions.
struct DemoDatasetOptions {
  // Datasets of pictures below "obs", (T, H, W, 3) u8.
  std::vector<std::string> pictures = {"agentview_rgb"};

  // Datasets of a demonstration, (T, N) or (T), read as f64: "obs/ee_states", "robot_states", ...
  std::vector<std::string> numbers;

  // Of demonstrations whose actions had noise added, take the actions without it.
  bool without_noise = false;
};

// Where a demonstration is, and what it is of.
struct DemoEntry {
  int file = 0;                     // index into files()
  int number = 0;                   // n of "demo_<n>"
  int num_steps = 0;                // T ≥ 1
  std::string actions = "actions";  // dataset that they are read from
};

// A file of a dataset.
struct DemoFileEntry {
  std::filesystem::path path;
  std::string task;  // name, as in its suite; the file's stem if no suite has it
  std::string
      instruction;  // what a policy is told: see PolicyInstruction; else from the file's name
  ObservationTime observations = ObservationTime::kAfterAction;  // as the file tells; see there
};

// Rows of one demonstration.
struct DemoWindow {
  std::vector<Action> actions;               // (n)
  std::vector<uint8_t> disturbed;            // (n) 1: noise changed it by > 0.1; if without_noise
  std::vector<std::vector<Image>> pictures;  // (n) of each dataset of pictures; row 0: the bottom
  std::vector<std::vector<double>> numbers;  // (n, N) of each dataset of numbers
};

// The demonstrations of some files as samples for training: (file, demonstration, step). Of a file
// only what is asked for is read, chunk by chunk, and nothing of it is kept: memory does not grow
// with the data. Reads LIBERO's own files, copies of them without no-ops, and those of this
// program; unknown attributes and datasets, gaps in the numbering and a missing `states` do not
// matter.
//
// Beware: in LIBERO's own files an observation is of the instant after its row's action, and the
// first five steps are missing; DemoFileEntry::observations says which instant it is. Copies
// without attributes are taken for OpenVLA's, whose observations are of the instant before.
//
// Not thread-safe: see Hdf5File.
class DemoDataset {
 public:
  // Opens the files in turn and checks shapes and types of everything that will be read, so that
  // bad files are found before a training begins: throws Error that names file and dataset, and
  // says what was expected and what is there. Pictures of one dataset must be of one size in all
  // files.
  DemoDataset(const std::vector<std::filesystem::path>& files, const std::vector<Suite>& suites,
              DemoDatasetOptions options = {});

  [[nodiscard]] const std::vector<DemoFileEntry>& files() const { return files_; }
  [[nodiscard]] const std::vector<DemoEntry>& demos() const { return demos_; }
  [[nodiscard]] int64_t num_steps() const { return num_steps_; }  // of all demonstrations

  // Height and width of a dataset of pictures, by its index in the options.
  [[nodiscard]] std::pair<int, int> picture_size(size_t index) const { return sizes_.at(index); }

  // The demonstration (index into demos()) and step of the i-th of all steps. Throws Error if there
  // is none.
  [[nodiscard]] std::pair<int, int> Locate(int64_t index) const;

  // Rows first, first + 1, ..., of which there are `count` ≥ 1; those before the demonstration's
  // first row or behind its last are that row again. Throws Error if what is in the file cannot
  // be read or is not finite.
  [[nodiscard]] DemoWindow Read(int demo, int first, int count) const;

  // The pictures of these rows of each dataset, for samples that look at a few instants; rows are
  // repeated as above.
  [[nodiscard]] std::vector<std::vector<Image>> ReadPictures(int demo,
                                                             std::span<const int> rows) const;

 private:
  void AddFile(const std::filesystem::path& path, const std::vector<Suite>& suites);
  int CheckDemo(const Hdf5File& file, const std::string& group);
  [[nodiscard]] const Hdf5File& Open(int file) const;
  [[nodiscard]] Image ReadPicture(const Hdf5File& file, const std::string& dataset, size_t index,
                                  int row) const;

  DemoDatasetOptions options_;
  std::vector<DemoFileEntry> files_;
  std::vector<DemoEntry> demos_;
  std::vector<int64_t> first_steps_;  // of each demonstration, among all steps
  std::vector<std::pair<int, int>> sizes_;
  int64_t num_steps_ = 0;

  // files that were read last, so that few are open at a time
  struct OpenFile {
    int file = 0;
    std::unique_ptr<Hdf5File> handle;
  };
  mutable std::vector<OpenFile> open_files_;
};

}  // namespace libero
