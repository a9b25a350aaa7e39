#include "results/eval_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <set>
#include <stop_token>
#include <thread>
#include <tuple>
#include <utility>

#include "policy/networks.h"
#include "results/eval_table.h"
#include "results/parallelism.h"
#include "results/shard.h"
#include "results/work_queue.h"
#include "sim/base/check.h"
#include "sim/base/interrupt.h"
#include "sim/base/log.h"
#include "sim/base/progress.h"
#include "sim/base/run_folder.h"
#include "tasks/episode_log.h"
#include "tasks/live_slots.h"
#include "tasks/model_file.h"
#include "tasks/rollout.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kInterrupted = 130;                       // what shells report for SIGINT
constexpr auto kPoll = std::chrono::milliseconds(200);  // between looks at the other processes

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
  if (!options.recording.video.empty()) call["video"] = options.recording.video;
  if (options.place.size > 1) call["processes"] = options.place.size;
  if (!loaded.checkpoint.is_null()) {
    const TorchFacts torch = Networks().torch_facts();
    call["libtorch"] = {{"version", torch.version}, {"kernels", torch.kernels}};
  }
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

// Where an episode is in the plan.
int PlaceOf(const EvalPlan& plan, const EpisodeSpec& spec) {
  const auto place = std::ranges::find_if(plan.episodes, [&](const EpisodeSpec& planned) {
    return planned.task_index == spec.task_index && planned.init_index == spec.init_index;
  });
  LIBERO_CHECK(place != plan.episodes.end());
  return static_cast<int>(place - plan.episodes.begin());
}

std::vector<EpisodeSpec> AtPlaces(const EvalPlan& plan, const std::vector<int>& places) {
  std::vector<EpisodeSpec> episodes;
  episodes.reserve(places.size());
  for (const int place : places) episodes.push_back(plan.episodes.at(static_cast<size_t>(place)));
  return episodes;
}

// What plays the plan's episodes, some after others. What is passed by reference must outlive it.
class EpisodePlayer {
 public:
  EpisodePlayer(const EvalOptions& options, const EvalPlan& plan, const Parallelism& parallelism,
                const RunRecording& recording, const std::vector<Suite>& suites, Policy& policy)
      : num_slots_(parallelism.num_envs),
        suites_(&suites),
        policy_(&policy),
        store_(options.data_root, options.cache_folder),
        renderers_(WithThreads(plan.request.renderer, parallelism),
                   TextureFolder(options.cache_folder)) {
    MakeRecordingFolders(recording);
    rollout.num_threads = parallelism.num_threads;
    rollout.protocol = plan.protocol;
    rollout.env.mode = FindStepMode(plan.request.mode);
    rollout.make_renderer = [this](const mjModel& model) {
      return renderers_.Make(model);
    };
    rollout.max_renderers = renderers_.MaxRenderers(parallelism.num_threads, parallelism.num_envs);
    if (options.recording.is_empty()) return;
    rollout.make_watcher = [&recording] {
      return std::make_unique<EpisodeRecorder>(recording);
    };
  }

  void Play(const std::vector<EpisodeSpec>& episodes, const EpisodeCallback& on_end) {
    if (episodes.empty()) return;
    rollout.num_slots = std::min(num_slots_, static_cast<int>(episodes.size()));
    RunEpisodes(episodes, *suites_, store_, *policy_, rollout, on_end);
  }

  RolloutOptions rollout;  // but for its number of slots

 private:
  static RendererOptions WithThreads(RendererOptions renderer, const Parallelism& parallelism) {
    renderer.num_threads = std::max(1, parallelism.num_threads / parallelism.num_envs);
    return renderer;
  }

  int num_slots_;
  const std::vector<Suite>* suites_;
  Policy* policy_;
  SceneStore store_;
  RendererSource renderers_;
};

// One call of `libero eval`, from the point on where all options are known to be good.
class Evaluation {
 public:
  Evaluation(const EvalOptions& options, const EvalPlan& plan, const LoadedPolicy& loaded,
             const Parallelism& parallelism, const EpisodeChoice& choice,
             const RunRecording& recording, RunFolder& folder, std::ostream& log, WorkQueue* queue)
      : options_(&options),
        plan_(&plan),
        folder_(&folder),
        stop_rule_(choice.stop_rule.get()),
        recording_(&recording),
        queue_(queue),
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
  [[nodiscard]] const std::vector<EpisodeSpec>& missing() const { return missing_; }

 private:
  void Record(const EpisodeResult& result);
  void Show(const RolloutStatus& status);
  void RunWithOthers(EpisodePlayer& player, const EpisodeCallback& record);
  void TakeFromOthers();
  [[nodiscard]] bool HasDecided() const {
    return stop_rule_ != nullptr && stop_rule_->decision().has_value();
  }
  [[nodiscard]] double ElapsedS() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  const EvalOptions* options_;
  const EvalPlan* plan_;
  RunFolder* folder_;
  StopRule* stop_rule_;  // may be null
  const RunRecording* recording_;
  WorkQueue* queue_;  // null for a process that is alone
  std::chrono::steady_clock::time_point last_look_ = std::chrono::steady_clock::now();
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
  tally_ = {};
  for (const EpisodeRecord& record : LastRecords(log_.records())) {
    if (record.result.error.empty()) tally_.Add(record.result);
  }
  EpisodePlayer player(*options_, *plan_, parallelism_, *recording_, suites, policy);
  player.rollout.finish = finish_.get_token();
  player.rollout.stop = interrupt.stop();
  player.rollout.on_status = [this](const RolloutStatus& status) {
    Show(status);
  };
  LogInfo("results",
          fmt::format("{}: {} of {} episodes to run, environments {}, threads {}, "
                      "policy {}, protocol {}",
                      plan_->suite, missing_.size(), plan_->episodes.size(), parallelism_.num_envs,
                      parallelism_.num_threads, policy.description(), plan_->protocol.name));
  const auto record = [this](const EpisodeResult& result) {
    Record(result);
  };
  player.rollout.make_watcher =
      MakeLiveWatchers(options_->out, std::move(player.rollout.make_watcher));
  if (options_->on_begin) options_->on_begin(options_->out);
  if (queue_ == nullptr) {
    player.Play(missing_, record);
  } else {
    RunWithOthers(player, record);
  }
  RemoveLiveSlots(options_->out);
  progress_.Finish(num_recorded_, ElapsedS(), Summary(tally_));
  return num_recorded_ < static_cast<int>(missing_.size()) && !HasDecided();
}

// Rank 0's part of what several processes run.
void Evaluation::RunWithOthers(EpisodePlayer& player, const EpisodeCallback& record) {
  player.rollout.claim = [this](const EpisodeSpec& spec) {
    return queue_->Claim(PlaceOf(*plan_, spec));
  };
  player.Play(missing_, record);
  while (!queue_->is_all_done() && !finish_.stop_requested()) {
    TakeFromOthers();
    player.Play(AtPlaces(*plan_, queue_->TakeRetries()), record);
    std::this_thread::sleep_for(kPoll);
  }
  queue_->Close();
  while (!queue_->HaveAllLeft() && !player.rollout.stop.stop_requested()) {
    TakeFromOthers();
    std::this_thread::sleep_for(kPoll);
  }
  TakeFromOthers();
}

// Records what other processes have run since, and sees to it that nothing of theirs is lost.
void Evaluation::TakeFromOthers() {
  last_look_ = std::chrono::steady_clock::now();
  for (const std::string& line : queue_->Collect()) {
    Record(FromJsonLine(line).result);
  }
  queue_->CheckOthers();
  progress_.Update(num_recorded_, ElapsedS(), Summary(tally_));
}

// Cancelled episodes are not recorded: they have yet to be run.
void Evaluation::Record(const EpisodeResult& result) {
  if (result.error.empty() && result.end == EpisodeEnd::kCancelled) return;
  if (queue_ != nullptr) {
    const int place = PlaceOf(*plan_, result.spec);
    if (!queue_->is_open(place)) return;  // two have run it
    queue_->MarkDone(place);
  }
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
  if (queue_ != nullptr && std::chrono::steady_clock::now() - last_look_ > kPoll) TakeFromOthers();
  progress_.Update(num_recorded_, ElapsedS(), Summary(tally_));
}

// Runs what this process claims of rank 0's evaluation, hands in what comes of it, and leaves when
// there is nothing more to do; returns whether it was told to stop before.
bool HelpOut(const EvalPlan& plan, const Json& config, EpisodePlayer& player, WorkQueue& queue,
             const InterruptListener& interrupt) {
  int num_done = 0;
  const auto hand_in = [&](const EpisodeResult& result) {
    if (result.error.empty() && result.end == EpisodeEnd::kCancelled) return;
    const auto task = std::ranges::find(plan.tasks, result.spec.task_index, &Task::index);
    queue.HandIn(ToJsonLine({.result = result, .task_name = task->name}));
    ++num_done;
  };
  player.rollout.finish = interrupt.finish();
  player.rollout.stop = interrupt.stop();
  player.rollout.claim = [&](const EpisodeSpec& spec) {
    return queue.Claim(PlaceOf(plan, spec));
  };
  player.Play(AtPlaces(plan, queue.AwaitOffer(config)), hand_in);
  while (!queue.is_closed() && !interrupt.finish().stop_requested()) {
    queue.CheckHost();
    player.Play(AtPlaces(plan, queue.TakeRetries()), hand_in);
    std::this_thread::sleep_for(kPoll);
  }
  LogInfo("results", fmt::format("rank {}: {} episodes", queue.rank(), num_done));
  return interrupt.finish().stop_requested();
}

// The store by which processes find each other is opened before a policy is loaded, which may take
// long; none for a process that is alone.
std::unique_ptr<WorkQueue> JoinQueue(const EvalOptions& options) {
  const ProcessPlace& place = options.place;
  if (place.size == 1) return nullptr;
  if (!options.stop.is_empty()) {
    throw Error("a stop rule was given, and there are several processes",
                "a stop rule needs all episodes in one process");
  }
  constexpr auto kJoin = std::chrono::minutes(5);
  return std::make_unique<WorkQueue>(Networks().open_shared_store(place, kJoin), place.rank,
                                     place.size);
}

// The GPU of a process among several on its machine, unless told otherwise.
void ChooseOwnDevice(const EvalOptions& options, CheckpointOptions& checkpoint) {
  const bool is_auto = checkpoint.device.empty() || checkpoint.device == "auto";
  if (options.place.local_size == 1 || !is_auto || !IsCheckpointFolder(options.request.policy)) {
    return;
  }
  const int num_gpus = Networks().torch_facts().num_gpus;
  if (num_gpus > 0) checkpoint.device = fmt::format("cuda:{}", options.place.local_rank % num_gpus);
}

// Rank 0: nobody has anything to do; waits until all know.
void Dismiss(WorkQueue& queue) {
  queue.Close();
  while (!queue.HaveAllLeft()) std::this_thread::sleep_for(kPoll);
}

// Prints and writes down what came of all episodes; returns the exit status.
int Conclude(const EvalOptions& options, const EvalPlan& plan, std::vector<EpisodeRecord> records,
             const StopRule* stop_rule, const RunFolder& folder, bool is_interrupted,
             std::ostream& out) {
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

}  // namespace

int RunEvalCommand(const EvalOptions& options, std::ostream& out, std::ostream& log) {
  // all that can be wrong with the options
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const Parallelism parallelism =
      ChooseParallelism(options.num_envs, options.num_threads, options.place.local_size);
  EvalPlan plan = MakeEvalPlan(options.request, suites);
  const InterruptListener interrupt;  // before policies make threads
  const std::unique_ptr<WorkQueue> queue = JoinQueue(options);
  CheckpointOptions checkpoint = options.request.checkpoint;
  checkpoint.num_threads = parallelism.num_threads;
  ChooseOwnDevice(options, checkpoint);
  const LoadedPolicy loaded =
      LoadPolicy(options.request.policy, checkpoint, plan.protocol, plan.suite);
  FitFrames(loaded, options.request.camera_size, plan.protocol);
  Policy& policy = *loaded.policy;
  if (!policy.frames().empty()) plan.request.renderer = ResolveRenderer(plan.request.renderer);
  const EpisodeChoice choice = ChooseEpisodes(options, plan);
  const RunRecording recording =
      MakeRecording(options.recording, options.out, plan.protocol, plan.episodes,
                    options.recording.video.empty() ? std::vector<std::string>()
                                                    : CommonCameras(options.data_root, plan.tasks));
  StopRule* stop_rule = choice.stop_rule.get();
  Json config = plan.config();
  if (!loaded.checkpoint.is_null()) config["checkpoint"] = loaded.checkpoint;
  if (stop_rule != nullptr) config["stop"] = stop_rule->config();
  if (!options.shard.empty()) config["shard"] = options.shard;
  if (queue != nullptr && !queue->is_host()) {
    EpisodePlayer player(options, plan, parallelism, recording, suites, policy);
    return HelpOut(plan, config, player, *queue, interrupt) ? kInterrupted : 0;
  }
  const Json shared_config = config;
  config["envs"] = parallelism.num_envs;
  config["threads"] = parallelism.num_threads;

  // the episodes that are not there yet
  RunFolder folder(options.out, config, {"envs", "threads"});
  Evaluation evaluation(options, plan, loaded, parallelism, choice, recording, folder, log,
                        queue.get());
  if (queue != nullptr) {
    std::vector<int> places;
    for (const EpisodeSpec& spec : evaluation.missing()) places.push_back(PlaceOf(plan, spec));
    queue->Offer(shared_config, places);
    if (places.empty()) Dismiss(*queue);
  }
  const bool is_interrupted = !folder.is_done() && evaluation.Run(suites, policy, interrupt);
  return Conclude(options, plan, evaluation.log().records(), stop_rule, folder, is_interrupted,
                  out);
}

}  // namespace libero
