#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <ostream>
#include <set>

#include "policy/checkpoint/adapter.h"
#include "policy/checkpoint/commands.h"
#include "policy/checkpoint/load_weights.h"
#include "policy/checkpoint/model_folder.h"
#include "sim/base/check.h"
#include "sim/base/text_table.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Counts of the tensors that share the beginning of their names.
struct Group {
  int64_t num_tensors = 0;
  int64_t num_parameters = 0;
  uint64_t num_bytes = 0;
  std::set<std::string> dtypes;
};

// What a folder holds.
struct Report {
  std::optional<ModelConfig> config;
  std::vector<std::pair<std::string, Group>> groups;
  std::vector<std::string> statistics;
  std::vector<IgnoredTensor> ignored;
  std::vector<std::string> problems;
};

// "vision_backbone.featurizer" for tensors of the VLA, else the first word.
std::string GroupName(ModelPart part, const std::string& name) {
  const size_t first = name.find('.');
  if (first == std::string::npos) return name;
  const bool is_tower = part == ModelPart::kVla && name.starts_with("vision_backbone.");
  return name.substr(0, is_tower ? name.find('.', first + 1) : first);
}

void AddGroups(ModelPart part, const TensorStore& store, Report* report) {
  std::map<std::string, Group> groups;
  for (const StoredTensor& tensor : store.tensors()) {
    const std::string name = CanonicalName(part, tensor.name).name;
    const bool is_unused = report->config && IsUnused(part, *report->config, name);
    Group& group = groups[GroupName(part, name) + (is_unused ? " (not used)" : "")];
    ++group.num_tensors;
    group.num_parameters += tensor.num_elements();
    group.num_bytes += tensor.bytes.size();
    group.dtypes.emplace(DTypeName(tensor.dtype));
  }
  for (const auto& [name, group] : groups) {
    report->groups.emplace_back(fmt::format("{}: {}", PartName(part), name), group);
  }
}

void InspectPart(const PartFile& file, Report* report) {
  const TensorStore store(file.path);
  AddGroups(file.part, store, report);
  if (file.part == ModelPart::kAdapter) {
    (void)Adapter(file.path);  // checks it
    return;
  }
  if (!report->config) return;
  ModelConfig config = *report->config;
  AdoptSizes(file.part, store, &config);
  const std::unique_ptr<Module> network =
      MakeNetwork(file.part, config, at::TensorOptions(at::kMeta).dtype(at::kFloat));
  WeightsCheck check = CheckWeights(network.get(), store, file.part);
  for (const std::string& problem : check.problems) {
    report->problems.push_back(fmt::format("{}: {}", PartName(file.part), problem));
  }
  for (const IgnoredTensor& tensor : check.ignored) report->ignored.push_back(tensor);
}

// Runs a step whose failure is a problem of the folder and not of the command.
template <typename Step>
void Try(Report* report, const Step& step) {
  try {
    step();
  } catch (const Error& error) {
    report->problems.emplace_back(error.what());
  }
}

Report Inspect(const fs::path& folder) {
  Report report;
  Try(&report, [&] { report.config = ReadConfigFile(folder / "config.json"); });
  std::vector<PartFile> parts;
  Try(&report, [&] { parts = FindParts(folder); });
  std::set<ModelPart> found;
  for (const PartFile& file : parts) {
    found.insert(file.part);
    Try(&report, [&] { InspectPart(file, &report); });
  }
  Try(&report, [&] { report.statistics = StatisticsKeys(folder); });
  if (!found.contains(ModelPart::kVla)) report.problems.emplace_back("no VLA: model.safetensors");
  if (!found.contains(ModelPart::kActionDecoder)) {
    report.problems.emplace_back(
        "no action decoder: action_decoder.safetensors or action_decoder*.pt");
  }
  if (report.statistics.empty()) {
    report.problems.emplace_back("no action statistics: dataset_statistics.json");
  }
  return report;
}

std::string Sizes(const ModelConfig& config) {
  const UniVlaConfig& vla = config.vla;
  const LlamaConfig& llama = vla.language_model;
  const LamConfig& lam = config.latent_action_model;
  const ActionDecoderConfig& decoder = config.action_decoder;
  return fmt::format(
      "pictures         {0} x {0}, {1} patches\n"
      "featurizer       {2} x {3} blocks\n"
      "fused featurizer {4} x {5} blocks\n"
      "language model   {6} x {7} layers, {8} words, rms eps {9:g}\n"
      "latent actions   {10} of {11}, ids from {12}\n"
      "LAM              stage {13}, {14} x {15} + {16} blocks, {17} codes of {18}\n"
      "action decoder   {19}, chunks of {20} x {21}{22}{23}\n",
      vla.featurizer.image_size, vla.num_patches(), vla.featurizer.dim, vla.featurizer.depth,
      vla.fused_featurizer.dim, vla.fused_featurizer.depth, llama.dim, llama.depth,
      llama.vocabulary, llama.rms_eps, vla.tokens_per_action, vla.num_action_ids,
      vla.first_action_id, lam.stage, lam.dim, lam.encoder_depth, lam.decoder_depth,
      lam.codebook_size, lam.code_dim, decoder.dim, decoder.chunk_size, decoder.action_dim,
      decoder.proprio_dim > 0 ? ", is told the robot's state" : "",
      decoder.sees_picture ? "" : ", does not see the picture");
}

void PrintReport(const Report& report, std::ostream& out) {
  if (report.config) out << Sizes(*report.config) << "\n";
  TextTable table{{{"part"}, {"tensors", true}, {"parameters", true}, {"MB", true}, {"type"}}, {}};
  int64_t total = 0;
  for (const auto& [name, group] : report.groups) {
    table.rows.push_back({name, std::to_string(group.num_tensors),
                          std::to_string(group.num_parameters),
                          fmt::format("{:.1f}", static_cast<double>(group.num_bytes) / 1e6),
                          fmt::format("{}", fmt::join(group.dtypes, ", "))});
    total += group.num_parameters;
  }
  PrintTable(table, 0, out);
  out << fmt::format(
      "\n{} parameters\nstatistics: {}\n", total,
      report.statistics.empty() ? "none" : fmt::format("{}", fmt::join(report.statistics, ", ")));
  for (const IgnoredTensor& tensor : report.ignored) {
    out << fmt::format("not used: {}: {}\n", tensor.name, tensor.reason);
  }
  for (const std::string& problem : report.problems) out << "problem: " << problem << "\n";
  if (report.problems.empty()) out << "no problem found\n";
}

void PrintReportJson(const Report& report, std::ostream& out) {
  Json json = {{"config", report.config ? ToJson(*report.config) : Json()},
               {"parts", Json::array()},
               {"statistics", report.statistics},
               {"ignored", Json::array()},
               {"problems", report.problems}};
  for (const auto& [name, group] : report.groups) {
    json["parts"].push_back({{"name", name},
                             {"tensors", group.num_tensors},
                             {"parameters", group.num_parameters},
                             {"bytes", group.num_bytes},
                             {"types", group.dtypes}});
  }
  for (const IgnoredTensor& tensor : report.ignored) {
    json["ignored"].push_back({{"name", tensor.name}, {"reason", tensor.reason}});
  }
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace

int RunInspectCheckpointCommand(const InspectCheckpointOptions& options, std::ostream& out) {
  if (!fs::is_directory(options.folder)) {
    throw Error(fmt::format("expected a folder, got {}", options.folder.string()));
  }
  const Report report = Inspect(options.folder);
  if (options.json) {
    PrintReportJson(report, out);
  } else {
    PrintReport(report, out);
  }
  return report.problems.empty() ? 0 : 1;
}

}  // namespace libero
