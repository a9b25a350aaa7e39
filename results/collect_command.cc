#include "results/collect_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <ostream>
#include <system_error>

#include "results/demo_tries.h"
#include "results/eval_plan.h"
#include "results/eval_table.h"
#include "results/parallelism.h"
#include "sim/base/check.h"
#include "sim/base/interrupt.h"
#include "sim/base/log.h"
#include "sim/base/progress.h"
#include "sim/base/run_folder.h"
#include "sim/base/text_table.h"
#include "tasks/demo_watcher.h"
#include "tasks/episode_log.h"
#include "tasks/rollout.h"
#include "tasks/workspace.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int kInterrupted = 130;  // what shells report for SIGINT

// What a process that was killed has left half-written.
void RemoveTemporaryFiles(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".tmp") fs::remove(entry.path(), ignored);
  }
}

// One call of `libero collect`, from the point on where all options are known to be good.
class Collection {
 public:
  Collection(const CollectOptions& options, const CollectPlan& plan, const Parallelism& parallelism,
             RunFolder& folder, std::ostream& log);

  // Runs what is missing; returns whether it was interrupted.
  bool Run(const std::vector<Suite>& suites, const LoadedPolicy& loaded,
           const InterruptListener& interrupt);

  void PrintTable(std::ostream& out) const;

  [[nodiscard]] int num_errors() const { return Count(log_.records()).num_errors; }
  [[nodiscard]] int num_lacking() const;  // demonstrations
  [[nodiscard]] std::string Summary() const;

 private:
  [[nodiscard]] std::vector<EpisodeSpec> Missing() const;
  [[nodiscard]] int NumberOf(const EpisodeSpec& episode) const;
  void Note(const EpisodeResult& result);
  void Record(const EpisodeResult& result);
  void MakeFileIfComplete(DemoTries& tries);
  void Show(const RolloutStatus& status);
  [[nodiscard]] int num_demos() const;
  [[nodiscard]] double ElapsedS() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  const CollectOptions* options_;
  const CollectPlan* plan_;
  Parallelism parallelism_;
  RunFolder* folder_;
  EpisodeLog log_;
  std::map<int, DemoTries> tries_;  // by task index
  Json manifest_;
  std::ostream* out_;  // of progress
  std::optional<Progress> progress_;
  std::string policy_;         // described
  int num_earlier_demos_ = 0;  // of earlier calls
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Collection::Collection(const CollectOptions& options, const CollectPlan& plan,
                       const Parallelism& parallelism, RunFolder& folder, std::ostream& log)
    : options_(&options),
      plan_(&plan),
      parallelism_(parallelism),
      folder_(&folder),
      log_(folder.file("episodes.jsonl")),
      out_(&log) {
  RemoveTemporaryFiles(options.out);
  for (const Task& task : plan.tasks) {
    tries_.try_emplace(task.index, options.out, task, plan.request.num_demos, plan.MaxTries(task));
  }
  for (const EpisodeRecord& record : log_.records()) {
    if (record.result.error.empty()) Note(record.result);
  }
}

int Collection::NumberOf(const EpisodeSpec& episode) const {
  const Task& task = tries_.at(episode.task_index).task();
  return episode.reset_index - plan_->Try(task, 0).reset_index;
}

void Collection::Note(const EpisodeResult& result) {
  tries_.at(result.spec.task_index).Note(NumberOf(result.spec), result.success(), result.steps);
}

int Collection::num_demos() const {
  int num = 0;
  for (const auto& [index, tries] : tries_) {
    num += static_cast<int>(tries.CountTries().successes.size());
  }
  return num;
}

int Collection::num_lacking() const {
  return plan_->request.num_demos * static_cast<int>(tries_.size()) - num_demos();
}

// "3 of 103 tries failed"
std::string Collection::Summary() const {
  int num_failures = 0;
  for (const auto& [index, tries] : tries_) num_failures += tries.CountTries().num_failures;
  const int num_errors = this->num_errors();
  return fmt::format("{} of {} tries failed{}", num_failures, num_failures + num_demos(),
                     num_errors == 0 ? "" : fmt::format(", {} had errors", num_errors));
}

std::vector<EpisodeSpec> Collection::Missing() const {
  std::vector<EpisodeSpec> missing;
  for (const auto& [index, tries] : tries_) {
    for (const int number : tries.Missing()) missing.push_back(plan_->Try(tries.task(), number));
  }
  return missing;
}

bool Collection::Run(const std::vector<Suite>& suites, const LoadedPolicy& loaded,
                     const InterruptListener& interrupt) {
  Policy& policy = *loaded.policy;
  const ActionNoise& noise = plan_->noise;
  policy_ = policy.description();
  if (!noise.is_none()) {
    policy_ += fmt::format(", action noise {}, pushes to {}, drops {}", noise.deviation, noise.push,
                           noise.drop);
  }
  for (auto& [index, tries] : tries_) MakeFileIfComplete(tries);
  std::vector<EpisodeSpec> missing = Missing();
  if (missing.empty()) return false;
  Json call = ProvenanceJson(options_->program, plan_->request.renderer, "");
  call["envs"] = parallelism_.num_envs;
  call["threads"] = parallelism_.num_threads;
  call["policy"] = {{"description", policy_}, {"device", loaded.device}};
  manifest_ = {{"init_states", InitStatesJson(plan_->tasks)},
               {"calls", WithCall(folder_->ReadManifest(), call)}};
  folder_->WriteManifest(manifest_);

  num_earlier_demos_ = num_demos();
  progress_.emplace("demonstrations", num_lacking(), options_->log_is_terminal, *out_);

  // what all rounds share
  SceneStore store(options_->data_root, options_->cache_folder);
  RendererOptions renderer = plan_->request.renderer;
  renderer.num_threads = std::max(1, parallelism_.num_threads / parallelism_.num_envs);
  RendererSource renderers(renderer, TextureFolder(options_->cache_folder));
  const auto keep = [this](const EpisodeSpec& episode, const RecordedDemo& demo) {
    tries_.at(episode.task_index).Keep(NumberOf(episode), demo);
  };
  RolloutOptions rollout = {
      .num_slots = parallelism_.num_envs,
      .num_threads = parallelism_.num_threads,
      .protocol = plan_->protocol,
      .env = {.mode = plan_->mode},
      .noise = plan_->noise,
      .make_watcher =
          [&] {
            return std::make_unique<DemoWatcher>(options_->data_root, plan_->cameras,
                                                 plan_->observations, keep);
          },
      .make_renderer = [&](const mjModel& model) { return renderers.Make(model); },
      .max_renderers = renderers.MaxRenderers(parallelism_.num_threads, parallelism_.num_envs),
      .finish = interrupt.finish(),
      .stop = interrupt.stop(),
      .on_status =
          [this](const RolloutStatus& status) {
            Show(status);
          }};
  LogInfo("results", fmt::format("{}: {} demonstrations to make, environments {}, threads {}, "
                                 "policy {}",
                                 plan_->suite, num_lacking(), rollout.num_slots,
                                 rollout.num_threads, policy_));

  // tries that fail are made up for in the next round, which finds the scene that it begins with
  std::shared_ptr<const Scene> scene;
  for (; !missing.empty() && !interrupt.finish().stop_requested(); missing = Missing()) {
    rollout.num_slots = std::min(parallelism_.num_envs, static_cast<int>(missing.size()));
    const Task& first = tries_.at(missing.front().task_index).task();
    scene = store.Get(MakeSceneSpec(LoadProblem(first.bddl_path)));
    RunEpisodes(missing, suites, store, policy, rollout,
                [this](const EpisodeResult& result) { Record(result); });
  }
  progress_->Finish(num_demos() - num_earlier_demos_, ElapsedS(), Summary());
  return !missing.empty();
}

// Cancelled episodes are not recorded: they have yet to be run.
void Collection::Record(const EpisodeResult& result) {
  if (result.error.empty() && result.end == EpisodeEnd::kCancelled) return;
  DemoTries& tries = tries_.at(result.spec.task_index);
  log_.Append({.result = result, .task_name = tries.task().name});
  if (result.error.empty()) {
    Note(result);
  } else {
    tries.NoteError(NumberOf(result.spec));
  }
  MakeFileIfComplete(tries);
}

void Collection::MakeFileIfComplete(DemoTries& tries) {
  if (tries.has_file() || !tries.IsComplete() || tries.CountTries().successes.empty()) return;
  const Problem problem = LoadProblem(tries.task().bddl_path);
  tries.MakeFile({.task = tries.task(),
                  .problem = problem,
                  .seed = plan_->request.seed,
                  .settle_steps = plan_->protocol.settle_steps,
                  .settle_action = plan_->protocol.settle_action,
                  .mode = plan_->mode,
                  .observations = plan_->observations,
                  .cameras = plan_->cameras,
                  .policy = policy_});
}

void Collection::Show(const RolloutStatus& status) {
  Json& description = manifest_["calls"].back()["renderer"]["description"];
  if (description.get_ref<const std::string&>().empty() && !status.renderer_description.empty()) {
    description = status.renderer_description;
    folder_->WriteManifest(manifest_);
  }
  progress_->Update(num_demos() - num_earlier_demos_, ElapsedS(), Summary());
}

void Collection::PrintTable(std::ostream& out) const {
  TextTable table{{{"task", true},
                   {"name"},
                   {"demos", true},
                   {"failed tries", true},
                   {"mean steps", true},
                   {"MB", true}},
                  {}};
  for (const auto& [index, tries] : tries_) {
    const DemoTries::Count count = tries.CountTries();
    const size_t num = count.successes.size();
    std::error_code error;
    const auto size = fs::file_size(tries.file(), error);
    table.rows.push_back({std::to_string(index), tries.task().name, std::to_string(num),
                          std::to_string(count.num_failures),
                          num == 0 ? "-"
                                   : fmt::format("{:.0f}", static_cast<double>(count.num_steps) /
                                                               static_cast<double>(num)),
                          error ? "-" : fmt::format("{:.1f}", static_cast<double>(size) / 1e6)});
  }
  libero::PrintTable(table, options_->width, out);
}

}  // namespace

int RunCollectCommand(const CollectOptions& options, std::ostream& out, std::ostream& log) {
  // all that can be wrong with the options
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const Parallelism parallelism = ChooseParallelism(options.num_envs, options.num_threads);
  CollectPlan plan = MakeCollectPlan(options.request, suites, options.data_root);
  const InterruptListener interrupt;  // before policies make threads
  CheckpointOptions checkpoint = options.request.checkpoint;
  checkpoint.num_threads = parallelism.num_threads;
  const LoadedPolicy loaded =
      LoadPolicy(plan.request.policy, checkpoint, plan.protocol, plan.suite);
  FitFrames(loaded, std::nullopt, plan.protocol);
  if (!plan.cameras.empty() || !loaded.policy->frames().empty()) {
    plan.request.renderer = ResolveRenderer(plan.request.renderer);
  }
  Json config = plan.config();
  if (!loaded.checkpoint.is_null()) config["checkpoint"] = loaded.checkpoint;
  config["envs"] = parallelism.num_envs;
  config["threads"] = parallelism.num_threads;

  // the demonstrations that are not there yet
  RunFolder folder(options.out, config, {"envs", "threads"});
  Collection collection(options, plan, parallelism, folder, log);
  const bool is_interrupted = !folder.is_done() && collection.Run(suites, loaded, interrupt);
  collection.PrintTable(out);
  if (is_interrupted) {
    LogInfo("results", "interrupted; the same command continues");
    return kInterrupted;
  }

  // what came of all
  if (collection.num_errors() > 0) {
    LogWarning("results",
               fmt::format("episodes with errors: {}; see {}; the same command runs "
                           "them again",
                           collection.num_errors(), folder.file("episodes.jsonl").string()));
    return 1;
  }
  if (!folder.is_done()) {
    std::error_code ignored;
    fs::remove_all(options.out / ".tries", ignored);
    folder.WriteDone(collection.Summary());
  }
  if (collection.num_lacking() > 0) {
    LogWarning("results", fmt::format("{} demonstrations are lacking: too many tries failed",
                                      collection.num_lacking()));
    return 1;
  }
  return 0;
}

}  // namespace libero
