#include "policy/load_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <future>
#include <utility>
#include <vector>

#include "policy/networks.h"
#include "policy/quirks.h"
#include "policy/sha256.h"
#include "policy/univla_policy.h"
#include "sim/base/check.h"
#include "tasks/policies/blank_image_policy.h"
#include "tasks/policies/make_policy.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// Files that actions depend on: how their names begin and end.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kFiles = {
    {{"config.json", ""},
     {"dataset_statistics.json", ""},
     {"words.txt", ""},
     {"tokenizer.model", ""},
     {"added_tokens.json", ""},
     {"model", ".safetensors"},
     {"action_decoder", ".safetensors"},
     {"action_decoder", ".pt"}}};

// By name: size and SHA-256.
Json HashFiles(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    const bool counts = std::ranges::any_of(kFiles, [&](const auto& file) {
      return name.starts_with(file.first) && name.ends_with(file.second) &&
             (!file.second.empty() || name == file.first);
    });
    if (counts) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  Json files = Json::object();
  for (const fs::path& path : paths) {
    files[path.filename()] = {{"bytes", fs::file_size(path)}, {"sha256", Sha256OfFile(path)}};
  }
  return files;
}

void CheckIsFolder(const fs::path& folder) {
  if (!fs::exists(folder)) {
    throw Error(fmt::format("--policy: there is no folder {}", folder.string()),
                fmt::format("a checkpoint's folder, or one of {}", fmt::join(PolicyForms(), ", ")));
  }
  if (!fs::is_directory(folder)) {
    throw Error(fmt::format("--policy: {} is no folder", folder.string()),
                "expected a checkpoint's folder; 'libero convert' makes one of other files");
  }
  if (!fs::exists(folder / "config.json")) {
    throw Error(
        fmt::format("--policy: {} is no checkpoint: it has no config.json", folder.string()),
        "see 'libero inspect-checkpoint'");
  }
}

LoadedPolicy LoadCheckpoint(const fs::path& folder, const CheckpointOptions& options,
                            const Protocol& protocol, std::string_view suite) {
  // what is quickly found to be wrong
  CheckIsFolder(folder);
  const UniVlaPolicyOptions acting = {
      .decode = ParseDecode(options.decode.empty() ? "greedy" : options.decode),
      .act_mode = ParseActMode(options.act.empty() ? "ensemble" : options.act),
      .statistics_key = options.statistics,
      .image_threads = options.num_threads,
      .check_orientation = protocol.image == ImageControl::kNone};
  if (!options.quirks.empty()) (void)ParseQuirks(options.quirks);

  // weights are hashed while they are loaded
  std::future<Json> files = std::async(std::launch::async, [&folder] { return HashFiles(folder); });
  std::unique_ptr<ActionModel> model = Networks().load_action_model(
      folder, {.device = options.device.empty() ? "auto" : options.device,
               .quirks = options.quirks,
               .num_threads = options.num_threads});
  const ActionModelInfo info = model->info();
  std::unique_ptr<UniVlaPolicy> policy = LoadUniVlaPolicy(folder, std::move(model), acting);
  policy->CheckSuite(suite);
  std::unique_ptr<Policy> shown = std::move(policy);
  if (protocol.image == ImageControl::kBlank) {
    shown = std::make_unique<BlankImagePolicy>(std::move(shown));
  }
  return {.policy = std::move(shown),
          .device = info.device,
          .checkpoint = {{"decode", DecodeName(acting.decode)},
                         {"act", ActModeName(acting.act_mode)},
                         {"quirks", info.quirks},
                         {"statistics", options.statistics},
                         {"dtype", info.dtype},
                         {"frame_size", info.images.frame_size},
                         {"files", files.get()}}};
}

// Throws Error if an option was given that another policy does not have.
void CheckNotGiven(const std::string& text, const CheckpointOptions& options) {
  const std::array<std::pair<const char*, const std::string*>, 5> texts = {
      {{"--decode", &options.decode},
       {"--act", &options.act},
       {"--quirks", &options.quirks},
       {"--statistics", &options.statistics},
       {"--device", &options.device}}};
  for (const auto& [name, value] : texts) {
    if (value->empty()) continue;
    throw Error(fmt::format("{} {}: the policy '{}' has no networks", name, *value, text),
                "these options are for --policy DIR; --render-device says which GPU draws");
  }
}

// Throws Error for controls of what the policy does not use.
void CheckNoControls(const std::string& text, const Protocol& protocol) {
  const bool is_told = protocol.instruction == InstructionControl::kNone;
  if (is_told && protocol.image == ImageControl::kNone) return;
  throw Error(fmt::format("{}: the policy '{}' reads no instruction and looks at no pictures",
                          is_told ? "--image" : "--instruction", text),
              "controls are for checkpoints: without, results are the same");
}

}  // namespace

bool IsCheckpointFolder(const std::string& text) {
  if (IsPolicyName(text)) return false;
  return text.find('/') != std::string::npos || fs::is_directory(text);
}

LoadedPolicy LoadPolicy(const std::string& text, const CheckpointOptions& options,
                        const Protocol& protocol, std::string_view suite) {
  if (IsCheckpointFolder(text)) return LoadCheckpoint(text, options, protocol, suite);
  CheckNotGiven(text, options);
  CheckNoControls(text, protocol);
  return {.policy = MakePolicy(text, protocol)};
}

}  // namespace libero
