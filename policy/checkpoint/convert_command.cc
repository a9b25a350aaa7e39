#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <set>

#include <ATen/ATen.h>

#include "policy/checkpoint/adapter.h"
#include "policy/checkpoint/commands.h"
#include "policy/checkpoint/load_weights.h"
#include "policy/checkpoint/model_folder.h"
#include "policy/nn/presets.h"
#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/text_file.h"
#include "sim/base/text_table.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kDiskHint = "is the disk full?";

// What goes along with the weights, if it is there.
constexpr std::array kCompanions = {"dataset_statistics.json", "words.txt",
                                    "tokenizer.model",         "tokenizer.json",
                                    "tokenizer_config.json",   "added_tokens.json",
                                    "special_tokens_map.json", "preprocessor_config.json"};

std::optional<at::ScalarType> ParseDtype(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (text == "f32") return at::kFloat;
  if (text == "f16") return at::kHalf;
  if (text == "bf16") return at::kBFloat16;
  throw Error(fmt::format("--dtype: expected f32, f16 or bf16, got {}", text));
}

// The folder where a file's configuration and companions are: its own, or for native checkpoints,
// which are in checkpoints/, the one above.
fs::path CompanionFolder(const fs::path& in) {
  if (fs::is_directory(in)) return in;
  const fs::path folder = fs::absolute(in).parent_path();
  return fs::exists(folder / "config.json") ? folder : folder.parent_path();
}

class Converter {
 public:
  Converter(const ConvertOptions& options, std::ostream& out)
      : options_(options), out_(out), dtype_(ParseDtype(options.dtype)) {}

  void Run() {
    std::vector<PartFile> parts = FindParts(options_.in);
    const bool has_adapter = std::ranges::any_of(
        parts, [](const PartFile& file) { return file.part == ModelPart::kAdapter; });
    if (has_adapter) {
      AddBase(&parts);
    } else if (!options_.base.empty()) {
      throw Error(fmt::format("--base: {} has no adapter", options_.in.string()));
    }
    const fs::path source = has_adapter ? options_.base : CompanionFolder(options_.in);
    ReadConfig(source);
    fs::create_directories(options_.out);
    for (const PartFile& file : parts) CheckIsNew(file.part);
    for (const PartFile& file : parts) Convert(file);
    CopyCompanions(source);
    if (has_adapter) CopyCompanions(options_.in);
    WriteConfig();
    PrintTable(table_, 0, out_);
    for (const std::string& line : remarks_) out_ << line << "\n";
  }

 private:
  // Replaces the adapter by the VLA that it changes.
  void AddBase(std::vector<PartFile>* parts) {
    if (options_.base.empty()) {
      throw Error(fmt::format("{} is an adapter", options_.in.string()),
                  "say with --base which VLA it is for");
    }
    const auto is_adapter = [](const PartFile& file) {
      return file.part == ModelPart::kAdapter;
    };
    adapter_.emplace(std::ranges::find_if(*parts, is_adapter)->path);
    std::erase_if(*parts, is_adapter);
    for (const PartFile& file : FindParts(options_.base)) {
      if (file.part == ModelPart::kVla) parts->insert(parts->begin(), file);
    }
    if (parts->empty() || parts->front().part != ModelPart::kVla) {
      throw Error(fmt::format("--base: {} has no VLA", options_.base.string()));
    }
  }

  // Sizes: of --config, else of the folder that is read, else of the one that is written to, else
  // the published ones.
  void ReadConfig(const fs::path& source) {
    const fs::path written = options_.out / "config.json";
    json_ = Json::object();
    if (fs::exists(written)) {
      json_ = ReadJsonFile(written);
      config_ = ReadConfigFile(written);
    }
    if (!options_.config.empty()) {
      const bool is_file = fs::exists(options_.config);
      config_ = is_file ? ReadConfigFile(options_.config) : FindPreset(options_.config);
      return;
    }
    const fs::path path = source / "config.json";
    if (!fs::exists(path)) return;
    // that of a native checkpoint says nothing about sizes: they are the published ones
    const Json json = ReadJsonFile(path);
    const bool is_ours = json.contains("libero");
    if (!is_ours && json.value("model_type", Json()) != "openvla") return;
    const ModelConfig read = ReadConfigFile(path);
    config_.vla = read.vla;
    config_.action_decoder = read.action_decoder;
    config_.quirks = read.quirks;
    config_.frame_size = read.frame_size;
    if (is_ours) config_.latent_action_model = read.latent_action_model;
    if (json_.empty()) json_ = json;
  }

  void CheckIsNew(ModelPart part) const {
    for (const char* ending : {".safetensors", ".safetensors.index.json"}) {
      const fs::path path = options_.out / (FileStem(part) + ending);
      if (fs::exists(path)) {
        throw Error(fmt::format("--out: {} is there already", path.string()),
                    "choose another folder, or remove it");
      }
    }
  }

  void Convert(const PartFile& file) {
    const TensorStore store(file.path);
    AdoptSizes(file.part, store, &config_);
    const std::unique_ptr<Module> network =
        MakeNetwork(file.part, config_, at::TensorOptions(at::kMeta).dtype(at::kFloat));
    // strictly: throws if anything is missing, left over or of another shape
    const std::vector<IgnoredTensor> ignored = LoadWeights(network.get(), store, file.part);
    for (const IgnoredTensor& tensor : ignored) {
      remarks_.push_back(fmt::format("left out: {}: {}", tensor.name, tensor.reason));
    }
    std::set<std::string> left_out;
    for (const IgnoredTensor& tensor : ignored) left_out.insert(tensor.name);
    std::vector<TensorToWrite> tensors;
    std::set<std::string> merged;
    uint64_t num_bytes = 0;
    for (const StoredTensor& stored : store.tensors()) {
      if (left_out.contains(stored.name)) continue;
      tensors.push_back(Prepare(file.part, stored, &merged));
      num_bytes += static_cast<uint64_t>(stored.num_elements()) * ItemSize(tensors.back().dtype);
    }
    if (file.part == ModelPart::kVla && adapter_) CheckMerged(merged);
    constexpr double kGb = 1e9;
    WriteShardedSafetensors(options_.out, FileStem(file.part), tensors,
                            static_cast<uint64_t>(options_.shard_gb * kGb));
    AddRow(file.part, tensors.size(), network->num_parameters(), num_bytes);
  }

  // A tensor as it will be written: renamed, merged with the adapter, converted.
  TensorToWrite Prepare(ModelPart part, const StoredTensor& stored, std::set<std::string>* merged) {
    const std::string name = CanonicalName(part, stored.name).name;
    const at::Tensor view = ViewOf(stored);
    const at::ScalarType dtype = dtype_.value_or(view.scalar_type());
    TensorToWrite tensor = ToWrite(name, view, dtype);
    constexpr std::string_view kWeight = ".weight";
    if (part != ModelPart::kVla || !adapter_ || !name.ends_with(kWeight)) return tensor;
    const std::string layer = name.substr(0, name.size() - kWeight.size());
    const std::vector<std::string> layers = adapter_->layers();
    if (!std::ranges::binary_search(layers, layer)) return tensor;
    merged->insert(layer);
    tensor.produce = [this, layer, view, dtype](const auto& write) {
      // merged in float32, rounded once
      const at::Tensor ready = adapter_->Merge(layer, view.to(at::kFloat)).to(dtype).contiguous();
      write({static_cast<const std::byte*>(ready.const_data_ptr()), ready.nbytes()});
    };
    return tensor;
  }

  void CheckMerged(const std::set<std::string>& merged) {
    for (const std::string& layer : adapter_->layers()) {
      if (!merged.contains(layer)) {
        throw Error(fmt::format("{}: the VLA has no layer '{}'", adapter_->name(), layer),
                    "is --base the model that the adapter was trained on?");
      }
    }
    remarks_.push_back(fmt::format("merged: {} layers with rank {}, scale {}", merged.size(),
                                   adapter_->config().rank, adapter_->config().scale()));
  }

  void CopyCompanions(const fs::path& from) {
    if (!fs::is_directory(from) || fs::equivalent(from, options_.out)) return;
    for (const char* name : kCompanions) {
      if (!fs::exists(from / name)) continue;
      std::error_code error;
      fs::copy_file(from / name, options_.out / name, fs::copy_options::overwrite_existing, error);
      if (error) throw Error(fmt::format("cannot copy {}: {}", name, error.message()), kDiskHint);
      remarks_.push_back(fmt::format("copied: {}", name));
    }
    const fs::path statistics = options_.out / "dataset_statistics.json";
    if (!fs::exists(statistics) && json_.contains("norm_stats")) {
      WriteFileAtomically(statistics, {json_["norm_stats"].dump(2), "\n"}, kDiskHint);
      remarks_.emplace_back("written: dataset_statistics.json, from norm_stats in config.json");
    }
  }

  void WriteConfig() {
    if (!json_.contains("model_type")) json_["model_type"] = "libero";
    json_["libero"] = ToJson(config_);
    WriteFileAtomically(options_.out / "config.json", {json_.dump(2), "\n"}, kDiskHint);
  }

  void AddRow(ModelPart part, size_t num_tensors, int64_t num_parameters, uint64_t num_bytes) {
    table_.rows.push_back({std::string(PartName(part)), std::to_string(num_tensors),
                           std::to_string(num_parameters),
                           fmt::format("{:.1f}", static_cast<double>(num_bytes) / 1e6)});
  }

  const ConvertOptions& options_;
  std::ostream& out_;
  std::optional<at::ScalarType> dtype_;
  std::optional<Adapter> adapter_;
  ModelConfig config_ = FindPreset("univla-7b");
  Json json_;  // of the config.json to write
  TextTable table_{{{"part"}, {"tensors", true}, {"parameters", true}, {"MB", true}}, {}};
  std::vector<std::string> remarks_;
};

}  // namespace

int RunConvertCommand(const ConvertOptions& options, std::ostream& out) {
  if (!fs::exists(options.in)) throw Error(fmt::format("{} does not exist", options.in.string()));
  if (options.shard_gb <= 0) throw Error("--shard-gb: expected a number above 0");
  Converter(options, out).Run();
  return 0;
}

}  // namespace libero
