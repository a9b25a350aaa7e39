#include "results/eval_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <set>
#include <stop_token>
#include <tuple>
#include <utility>

#include "results/eval_table.h"
#include "results/parallelism.h"
#include "results/shard.h"
#include "sim/base/check.h"
#include "sim/base/interrupt.h"
#include "sim/base/log.h"
#include "sim/base/progress.h"
#include "sim/base/run_folder.h"
#include "tasks/episode_log.h"
#include "tasks/rollout.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kInterrupted = 130;  // what shells report for SIGINT

// The planned episodes that the log has no end of.
std::vector<EpisodeSpec> Missing(const std::vector<EpisodeSpec>& planned, const EpisodeLog& log) {
  std::set<std::tuple<int, int>> ended;  // by task and init state
  for (const EpisodeRecord& record : LastRecords(log.records())) {
    const EpisodeSpec& spec = record.result.spec;
    if (record.result.error.empty()) ended.insert({spec.task_index, spec.init_index});
  }
  std::vector<EpisodeSpec> missing;
  for (const EpisodeSpec& spec : planned) {
    if (!ended.contains({spec.task_index, spec.init_index})) missing.push_back(spec);
  }
  return missing;
}

// Adds this call to those that the folder's manifest tells of, and checks that the init states are
// those of the earlier ones.
Json MakeManifest(const EvalOptions& options, const EvalPlan& plan, const LoadedPolicy& loaded,
                  const Parallelism& parallelism, const RunFolder& folder) {
  const Json old = folder.ReadManifest();
  const Json init_states = InitStatesJson(plan.tasks);
  if (old.contains("init_states") && old["init_states"] != init_states) {
    throw Error(fmt::format("{}: the init states have changed since the run began",
                            folder.file("manifest.json").string()),
                "start over in another folder");
  }
  Json call = ProvenanceJson(options.program, plan.request.renderer, "");
  call["envs"] = parallelism.num_envs;
  call["threads"] = parallelism.num_threads;
  call["policy"] = {{"description", loaded.policy->description()}, {"device", loaded.device}};
  const Json calls = WithCall(old, call);
  Json manifest = {{"suite", plan.suite},          {"policy", options.request.policy},
                   {"seed", options.request.seed}, {"protocol", ToJson(plan.protocol)},
                   {"init_states", init_states},   {"calls", calls}};
  if (!loaded.checkpoint.is_null()) manifest["checkpoint"] = loaded.checkpoint;
  return manifest;
}

// "37 of 50 succeeded (74.0 %), 2 errors"
std::string Summary(const Tally& tally) {
  std::string text = fmt::format("{} of {} succeeded", tally.num_successes, tally.num_episodes);
  if (tally.num_episodes > 0) text += fmt::format(" ({:.1f} %)", tally.success_rate());
  if (tally.num_errors > 0) {
    text += fmt::format(", {} error{}", tally.num_errors, tally.num_errors == 1 ? "" : "s");
  }
  return text;
}

// Which of the planned episodes to run, in this order, and when to stop.
struct EpisodeChoice {
  std::vector<EpisodeSpec> episodes;
  std::unique_ptr<StopRule> stop_rule;  // may be null
};

EpisodeChoice ChooseEpisodes(const EvalOptions& options, const EvalPlan& plan) {
  if (!options.stop.is_empty() && !options.shard.empty()) {
    throw Error("--shard and a stop rule were both given",
                "a stop rule needs all episodes in one place");
  }
  if (!options.shard.empty()) return {.episodes = ParseShard(options.shard).Of(plan.episodes)};
  if (options.stop.is_empty()) return {.episodes = plan.episodes};
  auto stop_rule = std::make_unique<StopRule>(options.stop, plan);
  return {.episodes = stop_rule->order(), .stop_rule = std::move(stop_rule)};
}

// One call of `libero eval`, from the point on where all options are known to be good.
class Evaluation {
 public:
  Evaluation(const EvalOptions& options, const EvalPlan& plan, const LoadedPolicy& loaded,
             const Parallelism& parallelism, const EpisodeChoice& choice, RunFolder& folder,
             std::ostream& log)
      : options_(&options),
        plan_(&plan),
        folder_(&folder),
        stop_rule_(choice.stop_rule.get()),
        log_(folder.file("episodes.jsonl")),
        missing_(Missing(choice.episodes, log_)),
        progress_("episodes", static_cast<int>(missing_.size()), options.log_is_terminal, log),
        manifest_(MakeManifest(options, plan, loaded, parallelism, folder)),
        parallelism_(parallelism) {
    if (stop_rule_ == nullptr) return;
    for (const EpisodeRecord& record : log_.records()) stop_rule_->Note(record.result);
  }

  // Runs what is missing; returns whether it was interrupted.
  bool Run(const std::vector<Suite>& suites, Policy& policy, const InterruptListener& interrupt);

  [[nodiscard]] const EpisodeLog& log() const { return log_; }

 private:
  void Record(const EpisodeResult& result);
  void Show(const RolloutStatus& status);
  [[nodiscard]] bool HasDecided() const {
    return stop_rule_ != nullptr && stop_rule_->decision().has_value();
  }
  [[nodiscard]] double ElapsedS() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  const EvalOptions* options_;
  const EvalPlan* plan_;
  RunFolder* folder_;
  StopRule* stop_rule_;      // may be null
  std::stop_source finish_;  // requested by Ctrl-C and by the stop rule
  EpisodeLog log_;
  std::vector<EpisodeSpec> missing_;
  Progress progress_;
  Json manifest_;
  Parallelism parallelism_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int num_recorded_ = 0;
  Tally tally_;
};

bool Evaluation::Run(const std::vector<Suite>& suites, Policy& policy,
                     const InterruptListener& interrupt) {
  if (missing_.empty() || HasDecided()) return false;
  const std::stop_callback on_interrupt(interrupt.finish(), [this] { finish_.request_stop(); });
  folder_->WriteManifest(manifest_);
  SceneStore store(options_->data_root, options_->cache_folder);
  RendererOptions renderer = plan_->request.renderer;
  renderer.num_threads = std::max(1, parallelism_.num_threads / parallelism_.num_envs);
  RendererSource renderers(renderer, TextureFolder(options_->cache_folder));
  tally_ = {};
  for (const EpisodeRecord& record : LastRecords(log_.records())) {
    if (record.result.error.empty()) tally_.Add(record.result);
  }
  const RolloutOptions rollout = {
      .num_slots = std::min(parallelism_.num_envs, static_cast<int>(missing_.size())),
      .num_threads = parallelism_.num_threads,
      .protocol = plan_->protocol,
      .env = {.mode = FindStepMode(plan_->request.mode)},
      .make_renderer = [&](const mjModel& model) { return renderers.Make(model); },
      .max_renderers = renderers.MaxRenderers(parallelism_.num_threads, parallelism_.num_envs),
      .finish = finish_.get_token(),
      .stop = interrupt.stop(),
      .on_status =
          [this](const RolloutStatus& status) {
            Show(status);
          }};
  LogInfo("results",
          fmt::format("{}: {} of {} episodes to run, environments {}, threads {}, "
                      "policy {}, protocol {}",
                      plan_->suite, missing_.size(), plan_->episodes.size(), rollout.num_slots,
                      rollout.num_threads, policy.description(), plan_->protocol.name));
  RunEpisodes(missing_, suites, store, policy, rollout,
              [this](const EpisodeResult& result) { Record(result); });
  progress_.Finish(num_recorded_, ElapsedS(), Summary(tally_));
  return num_recorded_ < static_cast<int>(missing_.size()) && !HasDecided();
}

// Cancelled episodes are not recorded: they have yet to be run.
void Evaluation::Record(const EpisodeResult& result) {
  if (result.error.empty() && result.end == EpisodeEnd::kCancelled) return;
  const auto task = std::ranges::find(plan_->tasks, result.spec.task_index, &Task::index);
  log_.Append({.result = result, .task_name = task->name});
  tally_.Add(result);
  ++num_recorded_;
  if (stop_rule_ != nullptr) stop_rule_->Note(result);
  if (HasDecided()) finish_.request_stop();
}

void Evaluation::Show(const RolloutStatus& status) {
  Json& description = manifest_["calls"].back()["renderer"]["description"];
  if (description.get_ref<const std::string&>().empty() && !status.renderer_description.empty()) {
    description = status.renderer_description;
    folder_->WriteManifest(manifest_);
  }
  progress_.Update(num_recorded_, ElapsedS(), Summary(tally_));
}

}  // namespace

int RunEvalCommand(const EvalOptions& options, std::ostream& out, std::ostream& log) {
  // all that can be wrong with the options
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const Parallelism parallelism = ChooseParallelism(options.num_envs, options.num_threads);
  EvalPlan plan = MakeEvalPlan(options.request, suites);
  const InterruptListener interrupt;  // before policies make threads
  CheckpointOptions checkpoint = options.request.checkpoint;
  checkpoint.num_threads = parallelism.num_threads;
  const LoadedPolicy loaded =
      LoadPolicy(options.request.policy, checkpoint, plan.protocol, plan.suite);
  FitFrames(loaded, options.request.camera_size, plan.protocol);
  Policy& policy = *loaded.policy;
  if (!policy.frames().empty()) plan.request.renderer = ResolveRenderer(plan.request.renderer);
  const EpisodeChoice choice = ChooseEpisodes(options, plan);
  StopRule* stop_rule = choice.stop_rule.get();
  Json config = plan.config();
  if (!loaded.checkpoint.is_null()) config["checkpoint"] = loaded.checkpoint;
  if (stop_rule != nullptr) config["stop"] = stop_rule->config();
  if (!options.shard.empty()) config["shard"] = options.shard;
  config["envs"] = parallelism.num_envs;
  config["threads"] = parallelism.num_threads;

  // the episodes that are not there yet
  RunFolder folder(options.out, config, {"envs", "threads"});
  Evaluation evaluation(options, plan, loaded, parallelism, choice, folder, log);
  const bool is_interrupted = !folder.is_done() && evaluation.Run(suites, policy, interrupt);

  // what came of all
  std::vector<EpisodeRecord> records = evaluation.log().records();
  if (stop_rule != nullptr) records = stop_rule->Counted(records);
  const Tally tally = Count(records);
  PrintEvalTable(plan.tasks, records, options.width, out);
  if (stop_rule != nullptr && stop_rule->decision()) {
    folder.WriteStop(stop_rule->DecisionJson());
    out << fmt::format("stopped after {} of {} episodes: {}\n", stop_rule->decision()->num_episodes,
                       plan.episodes.size(), stop_rule->decision()->conclusion);
  }
  if (is_interrupted) {
    LogInfo("results", "interrupted; the same command continues");
    return kInterrupted;
  }
  if (tally.num_errors > 0) {
    LogWarning("results", fmt::format("episodes with errors: {}; see {}; the same command runs "
                                      "them again",
                                      tally.num_errors, folder.file("episodes.jsonl").string()));
    return 1;
  }
  if (!folder.is_done()) folder.WriteDone(Summary(tally));
  return 0;
}

}  // namespace libero
