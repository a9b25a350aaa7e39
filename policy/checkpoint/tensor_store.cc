#include "policy/checkpoint/tensor_store.h"

#include <fmt/format.h>

#include <set>

#include "sim/base/check.h"
#include "sim/base/text_file.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndexEnding = ".safetensors.index.json";

bool IsTorchArchive(const fs::path& path) {
  const std::string ending = path.extension();
  return ending == ".pt" || ending == ".pth" || ending == ".ckpt" || ending == ".bin";
}

// The file in a folder that says where its tensors are.
fs::path FindInFolder(const fs::path& folder) {
  for (const char* name :
       {"model.safetensors.index.json", "model.safetensors", "adapter_model.safetensors"}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  throw Error(fmt::format("{}: expected model.safetensors, model.safetensors.index.json or "
                          "adapter_model.safetensors in it",
                          folder.string()),
              "is it a folder of a model, downloaded completely?");
}

// The dict with the tensors of a checkpoint's root.
const PickleDict& FindStateDict(const PickleValue& root, const std::string& name) {
  const auto* dict = root.As<PickleDict>();
  for (const char* key : {"state_dict", "model"}) {
    if (dict == nullptr) break;
    const PickleRef inner = dict->Find(key);
    if (inner != nullptr && inner->As<PickleDict>() != nullptr) {
      dict = inner->As<PickleDict>();
      break;
    }
  }
  if (dict == nullptr) {
    throw Error(fmt::format("{}: expected a dict of tensors, got a {}", name, root.TypeName()));
  }
  return *dict;
}

// The files that an index names, each of which is there.
std::set<std::string> FilesOfIndex(const nlohmann::json& index, const fs::path& path) {
  const auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (map == index.end() || !map->is_object()) {
    throw Error(fmt::format("{}: expected an object with weight_map", path.string()));
  }
  std::set<std::string> files;
  for (const auto& [tensor, file] : map->items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    if (name.empty() || fs::path(name).has_parent_path()) {
      throw Error(fmt::format("{}: '{}': expected the name of a file beside it, got {}",
                              path.string(), PrintableText(tensor), PrintableText(file.dump())));
    }
    files.insert(name);
  }
  for (const std::string& file : files) {
    if (fs::exists(path.parent_path() / file)) continue;
    throw Error(fmt::format("{} is not there, which {} names", (path.parent_path() / file).string(),
                            path.filename().string()),
                "download the model completely");
  }
  return files;
}

}  // namespace

TensorStore::TensorStore(const fs::path& path) : name_(path.string()) {
  if (!fs::exists(path)) throw Error(fmt::format("{} does not exist", name_));
  const fs::path file = fs::is_directory(path) ? FindInFolder(path) : path;
  if (file.string().ends_with(kIndexEnding)) {
    OpenIndex(file);
  } else if (IsTorchArchive(file)) {
    OpenTorchArchive(file);
  } else if (file.extension() == ".safetensors") {
    OpenFile(file);
  } else {
    throw Error(
        fmt::format("{}: expected a folder, or a file *.safetensors, *.pt, *.pth, *.ckpt or "
                    "*.bin",
                    name_));
  }
}

const StoredTensor* TensorStore::Find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

void TensorStore::Add(const StoredTensor& tensor) {
  if (!index_.emplace(tensor.name, tensors_.size()).second) {
    throw Error(fmt::format("{}: there are two tensors '{}'", name_, PrintableText(tensor.name)));
  }
  tensors_.push_back(tensor);
}

void TensorStore::OpenFile(const fs::path& path) {
  for (const StoredTensor& tensor : files_.emplace_back(path.string()).tensors()) Add(tensor);
}

void TensorStore::OpenIndex(const fs::path& path) {
  const nlohmann::json index = ReadJsonFile(path);
  const std::set<std::string> files = FilesOfIndex(index, path);
  const auto map = index.find("weight_map");
  for (const std::string& file : files) {
    const std::string shard = path.parent_path() / file;
    for (const StoredTensor& tensor : files_.emplace_back(shard).tensors()) {
      const auto said = map->find(tensor.name);
      if (said == map->end() || *said != file) {
        throw Error(
            fmt::format("{}: the tensor '{}' is in {}, the index says {}", path.string(),
                        PrintableText(tensor.name), file,
                        said == map->end() ? "nothing of it" : PrintableText(said->dump())));
      }
      Add(tensor);
    }
  }
  for (const auto& [tensor, file] : map->items()) {
    if (!index_.contains(tensor)) {
      throw Error(fmt::format("{}: the tensor '{}' is not in {}", path.string(),
                              PrintableText(tensor), file.get<std::string>()),
                  "download the model again");
    }
  }
}

void TensorStore::OpenTorchArchive(const fs::path& path) {
  archive_.emplace(path.string());
  AddDict(FindStateDict(archive_->root(), name_), "");
}

void TensorStore::AddDict(const PickleDict& dict, const std::string& prefix) {
  for (const auto& [key, value] : dict.items) {
    const auto* const text = key->As<std::string>();
    if (text == nullptr) {
      throw Error(fmt::format("{}: expected text as name in '{}', got a {}", name_,
                              PrintableText(prefix), key->TypeName()));
    }
    const std::string name = prefix + *text;
    if (const auto* const tensor = value->As<PickleTensor>()) {
      AddTensor(name, *tensor);
    } else if (const auto* const inner = value->As<PickleDict>()) {
      AddDict(*inner, name + ".");
    } else {
      throw Error(fmt::format("{}: '{}': expected a tensor or a dict, got a {}", name_,
                              PrintableText(name), value->TypeName()),
                  "weights alone are read: a state_dict, or a dict with one in 'state_dict' or "
                  "'model'");
    }
  }
}

void TensorStore::AddTensor(const std::string& name, const PickleTensor& tensor) {
  StoredTensor stored{.name = name, .dtype = tensor.storage.dtype, .shape = tensor.shape};
  if (tensor.is_contiguous()) {
    stored.bytes = archive_->TensorBytes(tensor);
  } else {
    stored.bytes = copies_.emplace_back(archive_->CopyTensor(tensor)).data;
  }
  Add(stored);
}

}  // namespace libero
