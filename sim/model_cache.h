#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/model.h"

namespace libero {

// Compiled models on disk, so that the next start of a scene takes a fraction of a compilation.
//
// A model is kept as its MJB image, cut at textures and meshes: pieces of 64 KiB and more are files
// named by their content (<folder>/pieces/<XXH3-128>) and shared by all scenes; the rest and the
// list of pieces is <folder>/<key>.scene. Files are written under another name and renamed, so that
// a cut write is never seen, and several processes may share a folder.
class ModelCache {
 public:
  // The folder is created when the first model is stored.
  explicit ModelCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The model stored under `key`, or null if there is none or it cannot be read any more; then
  // `problem` says why ("" if it was never stored).
  [[nodiscard]] MjModelPtr Load(const std::string& key, std::string& problem) const;

  // Stores a model, replacing damaged pieces. Throws Error if the folder cannot be written.
  void Store(const std::string& key, const mjModel& model) const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

// Offsets in a model's MJB image where textures and meshes start and end, sorted, each once, with 0
// and the image's size. For tests.
std::vector<size_t> CutPoints(const mjModel& model);

}  // namespace libero
