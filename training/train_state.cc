#include "training/train_state.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "policy/checkpoint/load_weights.h"
#include "policy/checkpoint/safetensors.h"
#include "sim/base/check.h"
#include "sim/base/log.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kSuffix = ".safetensors";

// Throws Error if the file's tensors are not these.
void Fill(const SafetensorsFile& file, const fs::path& path,
          const std::vector<NamedTensor>& tensors) {
  const c10::NoGradGuard no_grad;
  std::map<std::string, const StoredTensor*> stored;
  for (const StoredTensor& tensor : file.tensors()) stored[tensor.name] = &tensor;
  for (const NamedTensor& tensor : tensors) {
    const auto found = stored.find(tensor.name);
    const at::IntArrayRef shape = tensor.tensor->sizes();
    if (found == stored.end() || found->second->shape != shape.vec()) {
      throw Error(fmt::format("{}: {} is {}", path.string(), tensor.name,
                              found == stored.end() ? "not there" : "of another shape"),
                  "it is of another training: choose another folder");
    }
    tensor.tensor->detach().copy_(ViewOf(*found->second));
  }
}

}  // namespace

TrainState::TrainState(fs::path folder, std::vector<NamedTensor> tensors)
    : folder_(std::move(folder)), tensors_(std::move(tensors)) {}

std::map<int64_t, fs::path> TrainState::Files() const {
  std::map<int64_t, fs::path> files;
  if (!fs::is_directory(folder_)) return files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    const std::string number =
        name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
    int64_t step = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), step);
    if (error == std::errc() && end == number.data() + number.size()) files[step] = entry.path();
  }
  return files;
}

int64_t TrainState::Restore() {
  const std::map<int64_t, fs::path> files = Files();
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    std::optional<SafetensorsFile> open;
    try {
      open.emplace(file->second.string());
    } catch (const Error& error) {
      LogWarning("training", fmt::format("{}; going on from the state before", error.what()));
      continue;
    }
    Fill(*open, file->second, tensors_);
    return file->first;
  }
  return 0;
}

void TrainState::Save(int64_t step) const {
  fs::create_directories(folder_);
  std::vector<TensorToWrite> tensors;
  for (const NamedTensor& tensor : tensors_) {
    tensors.push_back(ToWrite(tensor.name, tensor.tensor->detach(), tensor.tensor->scalar_type()));
  }
  WriteSafetensors(folder_ / fmt::format("{}{}{}", kPrefix, step, kSuffix), std::move(tensors));
  constexpr size_t kKept = 2;
  std::map<int64_t, fs::path> files = Files();
  while (files.size() > kKept) {
    fs::remove(files.begin()->second);
    files.erase(files.begin());
  }
}

void TrainState::Clear() const {
  fs::remove_all(folder_);
}

}  // namespace libero
