#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/checkpoint/safetensors.h"
#include "sim/base/torch_archive.h"

namespace libero {

// The named tensors of a model, wherever they are: one .safetensors file; a folder of them with
// model.safetensors.index.json, each of whose files must have exactly the tensors that it says; or
// an archive of torch.save (.pt, .pth, .ckpt, .bin): a dict of tensors, nested dicts with their
// names joined by dots, in "state_dict" or "model" if there is one of these. Values stay in the
// mapped files. Throws Error for everything else, and for what the readers refuse.
class TensorStore {
 public:
  // A file, or a folder with model.safetensors or its index, or adapter_model.safetensors.
  explicit TensorStore(const std::filesystem::path& path);

  [[nodiscard]] const std::string& name() const { return name_; }

  // In the order of the files.
  [[nodiscard]] const std::vector<StoredTensor>& tensors() const { return tensors_; }

  // The tensor of exactly this name, or null.
  [[nodiscard]] const StoredTensor* Find(std::string_view name) const;

 private:
  void OpenFile(const std::filesystem::path& path);
  void OpenIndex(const std::filesystem::path& path);
  void OpenTorchArchive(const std::filesystem::path& path);
  void Add(const StoredTensor& tensor);
  void AddDict(const PickleDict& dict, const std::string& prefix);
  void AddTensor(const std::string& name, const PickleTensor& tensor);

  std::string name_;
  std::deque<SafetensorsFile> files_;
  std::optional<TorchArchive> archive_;
  std::deque<NdArray> copies_;  // of tensors that are not in C order
  std::vector<StoredTensor> tensors_;
  std::map<std::string, size_t, std::less<>> index_;
};

}  // namespace libero
