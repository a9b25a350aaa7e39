#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/nn/module.h"

namespace libero {

// Where a training stands, in files from which it goes on as if it had never stopped:
//   <folder>/step-<n>.safetensors   parameters, what the optimiser remembers, buffers
// Files appear whole or not at all, and the last two are kept.
class TrainState {
 public:
  // `tensors` outlive this object; names are distinct.
  TrainState(std::filesystem::path folder, std::vector<NamedTensor> tensors);

  // Fills the tensors from the last file that is whole; returns its step, or 0 if there is none.
  // Damaged files are said and passed over. Throws Error if a file does not fit the tensors.
  int64_t Restore();

  // Throws Error if it cannot be written, e.g. because the disk is full; the files before stay.
  void Save(int64_t step) const;

  // Removes all files, for when the training is over.
  void Clear() const;

 private:
  // The files that are there, by step.
  [[nodiscard]] std::map<int64_t, std::filesystem::path> Files() const;

  std::filesystem::path folder_;
  std::vector<NamedTensor> tensors_;
};

}  // namespace libero
