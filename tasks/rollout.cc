#include "tasks/rollout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/log.h"
#include "sim/base/thread_pool.h"
#include "tasks/episode_runner.h"
#include "tasks/task_setups.h"

namespace libero {
namespace {

constexpr int kMaxAttempts = 2;

// One of the parallel environments and what it is at. While it is with the workers, they alone use
// the runner, and `end` and `error`; else the driver does.
struct Slot {
  enum class State {
    kIdle,       // has no episode
    kBeginning,  // with the workers: reset and settle steps
    kMoving,     // with the workers: an action, or none at first, and pictures if wanted
    kReady,      // waits for the policy
  };

  Slot(int slot_index, EpisodeRunner episode_runner)
      : index(slot_index), runner(std::move(episode_runner)) {}

  int index;
  State state = State::kIdle;
  EpisodeSpec episode;
  int attempt = 0;  // from 1
  EpisodeRunner runner;
  Action action{};
  bool wants_frames = false;
  std::optional<EpisodeEnd> end;  // of the episode, if the job brought it
  std::string error;              // of the job
};

bool IsFinite(const Action& action) {
  for (const double number : action) {
    if (!std::isfinite(number)) return false;
  }
  return true;
}

// For messages.
std::string BeginningOf(const EpisodeSpec& episode) {
  return episode.init_index == kNoInitState ? fmt::format("reset {}", episode.reset_index)
                                            : fmt::format("init state {}", episode.init_index);
}

class Rollout {
 public:
  Rollout(std::span<const EpisodeSpec> episodes, const std::vector<Suite>& suites,
          SceneStore& store, Policy& policy, const RolloutOptions& options,
          const EpisodeCallback& on_end);
  RolloutStatus Run();

 private:
  using TaskKey = std::pair<std::string, int>;

  // the driver's steps
  void FillSlots();
  [[nodiscard]] bool ClaimNext(Slot& slot);
  void Begin(Slot& slot);
  void TakeFinishedJobs();
  void Advance(Slot& slot);
  void AfterBegin(Slot& slot);
  [[nodiscard]] bool IsTimeToAct() const;
  void AskPolicy();
  [[nodiscard]] std::optional<std::string> ChooseActions(const std::vector<Slot*>& batch);
  [[nodiscard]] bool WantsFrames(const Slot& slot) const;
  void Move(Slot& slot);
  void Fail(Slot& slot, const std::string& error);
  void End(Slot& slot, const EpisodeResult& result);
  void LeaveTask(const EpisodeSpec& episode);
  void DropTask(const TaskKey& task);
  void ReportStatus();

  // work for the workers
  void Submit(Slot& slot, std::function<void()> work);

  std::span<const EpisodeSpec> episodes_;
  Policy* policy_;
  const RolloutOptions* options_;
  const EpisodeCallback* on_end_;
  TaskSetups setups_;
  std::vector<FrameSpec> frames_;
  std::shared_ptr<const Scene> last_scene_;  // of the task that was dropped last
  std::optional<RendererPool> renderers_;
  std::vector<Slot> slots_;
  size_t next_episode_ = 0;
  std::map<TaskKey, int> num_unfinished_;  // episodes, by task
  RolloutStatus status_;

  int num_submitted_ = 0;  // jobs whose end the driver has not seen
  std::mutex mutex_;       // of done_
  std::condition_variable has_done_;
  std::vector<Slot*> done_;
  ThreadPool workers_;  // last: its jobs end before all else goes
};

Rollout::Rollout(std::span<const EpisodeSpec> episodes, const std::vector<Suite>& suites,
                 SceneStore& store, Policy& policy, const RolloutOptions& options,
                 const EpisodeCallback& on_end)
    : episodes_(episodes),
      policy_(&policy),
      options_(&options),
      on_end_(&on_end),
      setups_(suites, store),
      frames_(policy.frames()),
      workers_(options.num_threads) {
  if (options.make_renderer) {
    renderers_.emplace(options.make_renderer,
                       options.max_renderers > 0 ? options.max_renderers : options.num_threads);
  }
  slots_.reserve(static_cast<size_t>(options.num_slots));  // workers hold references
  for (int i = 0; i < options.num_slots; ++i) {
    slots_.emplace_back(
        i, EpisodeRunner(setups_, renderers_ ? &*renderers_ : nullptr, options.protocol,
                         options.env, frames_,
                         options.make_watcher ? options.make_watcher() : nullptr, options.noise));
  }
  for (const EpisodeSpec& episode : episodes) {
    ++num_unfinished_[{episode.suite, episode.task_index}];
  }
}

RolloutStatus Rollout::Run() {
  for (;;) {
    FillSlots();
    ReportStatus();
    if (status_.num_running == 0) break;
    if (IsTimeToAct()) AskPolicy();
    TakeFinishedJobs();
  }
  return status_;
}

void Rollout::FillSlots() {
  for (Slot& slot : slots_) {
    if (slot.state != Slot::State::kIdle) continue;
    if (next_episode_ == episodes_.size() || options_->finish.stop_requested() ||
        options_->stop.stop_requested()) {
      return;
    }
    if (!ClaimNext(slot)) return;
    if (!slot.runner.HasEnvFor(slot.episode)) slot.runner.ReleaseEnv();  // its task may be dropped
    slot.attempt = 0;
    ++status_.num_running;
    Begin(slot);
  }
}

// Gives the slot the next episode that this rollout may run; false if there is none.
bool Rollout::ClaimNext(Slot& slot) {
  while (next_episode_ < episodes_.size()) {
    const EpisodeSpec& episode = episodes_[next_episode_++];
    if (!options_->claim || options_->claim(episode)) {
      slot.episode = episode;
      return true;
    }
    LeaveTask(episode);
  }
  return false;
}

void Rollout::Begin(Slot& slot) {
  ++slot.attempt;
  slot.state = Slot::State::kBeginning;
  Submit(slot, [this, &slot] { slot.runner.Begin(slot.episode, options_->stop); });
}

// Has a worker do the slot's work and hand the slot back.
void Rollout::Submit(Slot& slot, std::function<void()> work) {
  slot.end.reset();
  slot.error.clear();
  ++num_submitted_;
  workers_.Submit([this, &slot, work = std::move(work)] {
    try {
      work();
    } catch (const std::exception& error) {
      slot.error = error.what();
    }
    {
      const std::lock_guard lock(mutex_);
      done_.push_back(&slot);
    }
    has_done_.notify_one();
  });
}

// Waits for a job, if any is under way, and goes on with the slots of all that are done.
void Rollout::TakeFinishedJobs() {
  if (num_submitted_ == 0) return;
  std::vector<Slot*> done;
  {
    std::unique_lock lock(mutex_);
    has_done_.wait(lock, [this] { return !done_.empty(); });
    done.swap(done_);
  }
  num_submitted_ -= static_cast<int>(done.size());
  for (Slot* slot : done) Advance(*slot);
}

void Rollout::Advance(Slot& slot) {
  status_.num_frames += slot.runner.TakeNumDrawn();
  if (!slot.error.empty()) {
    Fail(slot, slot.error);
  } else if (slot.end) {
    End(slot, slot.runner.Result(*slot.end));
  } else if (options_->stop.stop_requested()) {
    End(slot, slot.runner.Result(EpisodeEnd::kCancelled));
  } else if (slot.state == Slot::State::kBeginning) {
    AfterBegin(slot);
  } else {
    slot.state = Slot::State::kReady;
  }
}

// Introduces the episode to the policy and draws its first pictures.
void Rollout::AfterBegin(Slot& slot) {
  try {
    policy_->BeginEpisode(slot.index, slot.episode, slot.runner.env());
    slot.wants_frames = WantsFrames(slot);
  } catch (const std::exception& error) {
    Fail(slot, error.what());
    return;
  }
  slot.state = Slot::State::kReady;
  if (!slot.wants_frames) return;
  slot.state = Slot::State::kMoving;
  Submit(slot, [&slot] { slot.runner.Draw(); });
}

bool Rollout::WantsFrames(const Slot& slot) const {
  return !frames_.empty() && policy_->NeedsFrames(slot.index);
}

bool Rollout::IsTimeToAct() const {
  const auto num_ready = std::ranges::count(slots_, Slot::State::kReady, &Slot::state);
  return num_ready > 0 &&
         (2 * num_ready >= status_.num_running || num_submitted_ < options_->num_threads);
}

void Rollout::AskPolicy() {
  std::vector<Slot*> ready;
  for (Slot& slot : slots_) {
    if (slot.state == Slot::State::kReady) ready.push_back(&slot);
  }
  if (options_->stop.stop_requested()) {
    for (Slot* slot : ready) End(*slot, slot->runner.Result(EpisodeEnd::kCancelled));
    return;
  }
  const std::optional<std::string> error = ChooseActions(ready);
  if (error && ready.size() > 1) {
    LogWarning("tasks", fmt::format("the policy failed for {} environments, asking for each alone: "
                                    "{}",
                                    ready.size(), *error));
  }
  for (Slot* slot : ready) {
    const std::optional<std::string> own_error =
        error && ready.size() > 1 ? ChooseActions({slot}) : error;
    if (own_error) {
      Fail(*slot, *own_error);
    } else {
      Move(*slot);
    }
  }
}

// Has the policy choose the actions of these slots; returns what it threw, if it did.
std::optional<std::string> Rollout::ChooseActions(const std::vector<Slot*>& batch) {
  std::vector<PolicyInput> inputs;
  for (const Slot* slot : batch) {
    PolicyInput& input = inputs.emplace_back();
    input.slot = slot->index;
    input.step = slot->runner.num_steps();
    input.env = &slot->runner.env();
    if (slot->wants_frames) input.frames = slot->runner.frames();
  }
  std::vector<Action> actions(batch.size());
  try {
    policy_->Act(inputs, actions);
    for (Slot* slot : batch) slot->wants_frames = WantsFrames(*slot);
  } catch (const std::exception& error) {
    return error.what();
  }
  for (size_t i = 0; i < batch.size(); ++i) batch[i]->action = actions[i];
  return std::nullopt;
}

void Rollout::Move(Slot& slot) {
  if (!IsFinite(slot.action)) {
    Fail(slot, fmt::format("step {}: policy {} chose an action that is not finite: ({})",
                           slot.runner.num_steps(), policy_->description(),
                           fmt::join(slot.action, ", ")));
    return;
  }
  slot.state = Slot::State::kMoving;
  ++status_.num_steps;
  Submit(slot, [this, &slot] {
    slot.end = slot.runner.Step(slot.action);
    if (!slot.end && slot.wants_frames) slot.runner.Draw();
  });
}

// Runs the episode again, or reports the error if that has been done.
void Rollout::Fail(Slot& slot, const std::string& error) {
  const EpisodeSpec& episode = slot.episode;
  const bool is_last = slot.attempt == kMaxAttempts || options_->stop.stop_requested();
  LogWarning("tasks", fmt::format("{} task {} {}, {}: {}", episode.suite, episode.task_index,
                                  BeginningOf(episode),
                                  is_last ? "given up" : "running it once more", error));
  EpisodeResult result = slot.runner.ErrorResult(error);
  slot.runner.ReleaseEnv();
  if (is_last) {
    End(slot, result);
  } else {
    Begin(slot);
  }
}

void Rollout::End(Slot& slot, const EpisodeResult& result) {
  slot.state = Slot::State::kIdle;
  --status_.num_running;
  ++status_.num_finished;
  if (slot.runner.watcher() != nullptr) slot.runner.watcher()->EndEpisode(result);
  LeaveTask(slot.episode);
  (*on_end_)(result);
}

// One of the task's episodes is over, or somebody else's.
void Rollout::LeaveTask(const EpisodeSpec& episode) {
  const TaskKey task = {episode.suite, episode.task_index};
  if (--num_unfinished_[task] == 0) DropTask(task);
}

void Rollout::DropTask(const TaskKey& task) {
  // environments that idle slots have kept
  const EpisodeSpec episode = {.suite = task.first, .task_index = task.second};
  for (Slot& slot : slots_) {
    if (slot.state == Slot::State::kIdle && slot.runner.HasEnvFor(episode)) {
      slot.runner.ReleaseEnv();
    }
  }

  // the setup, but not yet its scene
  std::shared_ptr<const Scene> scene = setups_.Drop(task.first, task.second);
  if (scene == nullptr) return;
  if (last_scene_ != nullptr && last_scene_ != scene && renderers_ && !setups_.Uses(*last_scene_)) {
    renderers_->Drop(*last_scene_->model);
  }
  last_scene_ = std::move(scene);
}

void Rollout::ReportStatus() {
  if (renderers_) status_.renderer_description = renderers_->description();
  if (options_->on_status) options_->on_status(status_);
}

void CheckOptions(const RolloutOptions& options, const Policy& policy) {
  if (options.num_slots < 1) {
    throw Error(fmt::format("expected at least 1 environment, got {}", options.num_slots));
  }
  if (options.num_threads < 1) {
    throw Error(fmt::format("expected at least 1 thread, got {}", options.num_threads));
  }
  if (!policy.frames().empty() && !options.make_renderer) {
    throw Error(fmt::format("policy {} looks at pictures, and there is nothing to draw them",
                            policy.description()));
  }
}

}  // namespace

RolloutStatus RunEpisodes(std::span<const EpisodeSpec> episodes, const std::vector<Suite>& suites,
                          SceneStore& store, Policy& policy, const RolloutOptions& options,
                          const EpisodeCallback& on_end) {
  CheckOptions(options, policy);
  return Rollout(episodes, suites, store, policy, options, on_end).Run();
}

}  // namespace libero
