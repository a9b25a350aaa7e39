#include "results/policy_speed_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <thread>

#include "policy/networks.h"
#include "sim/base/check.h"
#include "sim/base/text_table.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

// Stages and what they are called, in the order in which they run.
struct Stage {
  const char* name;
  double StageTimes::*time;
};
constexpr Stage kStages[] = {{"preprocessing", &StageTimes::preprocessing},
                             {"vision", &StageTimes::vision},
                             {"prompt", &StageTimes::prompt},
                             {"decode", &StageTimes::decode},
                             {"action decoder", &StageTimes::action_decoder}};

std::unique_ptr<ActionModel> MakeModel(const PolicySpeedCommandOptions& options, int num_threads) {
  if (options.policy.empty() == options.preset.empty()) {
    throw Error("expected either --policy DIR or --preset NAME --random-weights");
  }
  const NetworkOptions network = {
      .device = options.device, .quirks = options.quirks, .num_threads = num_threads};
  if (!options.policy.empty()) {
    if (options.random_weights) throw Error("--random-weights: --policy DIR has weights");
    return Networks().load_action_model(options.policy, network);
  }
  if (!options.random_weights) {
    throw Error("--preset gives sizes and no weights", "add --random-weights to measure speed");
  }
  return Networks().make_random_action_model(options.preset, 0, network);
}

Json ToJson(const Figure& figure) {
  return {{"mean", figure.mean}, {"sigma", figure.sigma}};
}

Json ToJson(const PolicySpeedReport& report, const PolicySpeedCommandOptions& options,
            const ActionModelInfo& info) {
  Json batches = Json::array();
  for (const BatchSpeed& speed : report.batches) {
    Json stages = Json::object();
    for (const Stage& stage : kStages) stages[stage.name] = 1e3 * speed.stage_s.*stage.time;
    batches.push_back({{"batch", speed.batch},
                       {"repeats", speed.num_repeats},
                       {"latency_ms", ToJson(speed.latency_ms)},
                       {"queries_per_s", ToJson(speed.queries_per_s)},
                       {"stages_ms", stages}});
  }
  Json provenance = ProvenanceJson(options.program, {}, "");
  provenance.erase("renderer");
  const TorchFacts torch = Networks().torch_facts();
  provenance["libtorch"] = {{"version", torch.version}, {"kernels", torch.kernels}};
  return {{"model", info.description},
          {"dtype", info.dtype},
          {"device", info.device},
          {"frame_size", info.images.frame_size},
          {"image_size", info.images.size},
          {"prompt_length", options.speed.prompt_length},
          {"threads", options.speed.num_threads},
          {"batches", batches},
          {"resident_bytes", report.resident_bytes},
          {"gpu_bytes", report.gpu_bytes},
          {"provenance", provenance}};
}

void Print(const PolicySpeedReport& report, const PolicySpeedCommandOptions& options,
           const ActionModelInfo& info, std::ostream& out) {
  out << fmt::format("{}; frames of {} px, prompts of {} tokens, threads {}\n", info.description,
                     info.images.frame_size, options.speed.prompt_length,
                     options.speed.num_threads);
  TextTable table{{{"batch", true}, {"ms", true}, {"σ", true}, {"queries/s", true}, {"n", true}},
                  {}};
  for (const Stage& stage : kStages) {
    table.columns.push_back({fmt::format("{}, ms", stage.name), true});
  }
  for (const BatchSpeed& speed : report.batches) {
    std::vector<std::string> row = {
        std::to_string(speed.batch), fmt::format("{:.1f}", speed.latency_ms.mean),
        fmt::format("{:.1f}", speed.latency_ms.sigma),
        fmt::format("{:.1f}", speed.queries_per_s.mean), std::to_string(speed.num_repeats)};
    for (const Stage& stage : kStages) {
      row.push_back(fmt::format("{:.2f}", 1e3 * speed.stage_s.*stage.time));
    }
    table.rows.push_back(row);
  }
  PrintTable(table, 0, out);
  out << fmt::format("memory of the process: {:.0f} MB at most\n",
                     static_cast<double>(report.resident_bytes) / 1e6);
  if (report.gpu_bytes > 0) {
    out << fmt::format("memory of the GPU: {:.0f} MB at most\n",
                       static_cast<double>(report.gpu_bytes) / 1e6);
  }
}

}  // namespace

int RunPolicySpeedCommand(const PolicySpeedCommandOptions& options, std::ostream& out) {
  PolicySpeedCommandOptions checked = options;
  int& num_threads = checked.speed.num_threads;
  num_threads = options.num_threads > 0
                    ? options.num_threads
                    : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const std::unique_ptr<ActionModel> model = MakeModel(options, num_threads);
  const PolicySpeedReport report = MeasurePolicySpeed(*model, checked.speed);
  if (options.json) {
    out << ToJson(report, checked, model->info()).dump(2) << "\n";
  } else {
    Print(report, checked, model->info(), out);
  }
  return 0;
}

}  // namespace libero
