#include "viewer/run_watch.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr auto kPeriod = std::chrono::milliseconds(100);
constexpr int64_t kRestAfter_ms = 1000;
constexpr int kWantEvery = 10;  // periods

// Whether two looks at a slot saw the same instant.
bool IsSameInstant(const LiveSlot& a, const LiveSlot& b) {
  return a.episode.suite == b.episode.suite && a.episode.task_index == b.episode.task_index &&
         a.episode.init_index == b.episode.init_index &&
         a.episode.reset_index == b.episode.reset_index && a.step == b.step &&
         a.snapshot.qpos == b.snapshot.qpos;
}

void CheckFits(const Snapshot& snapshot, const mjModel& model) {
  const auto has = [](const auto& values, int rows, int columns) {
    return values.size() == static_cast<size_t>(rows) * static_cast<size_t>(columns);
  };
  if (has(snapshot.qpos, model.nq, 1) && has(snapshot.xpos, model.nbody, 3) &&
      has(snapshot.geom_xpos, model.ngeom, 3) && has(snapshot.geom_xmat, model.ngeom, 9) &&
      has(snapshot.site_xpos, model.nsite, 3) && has(snapshot.site_xmat, model.nsite, 9) &&
      has(snapshot.cam_xpos, model.ncam, 3) && has(snapshot.cam_xmat, model.ncam, 9) &&
      has(snapshot.light_xpos, model.nlight, 3) && has(snapshot.light_xdir, model.nlight, 3) &&
      has(snapshot.site_rgba, model.nsite, 4)) {
    return;
  }
  throw Error("the run's scenes have other sizes than those here",
              "is it of another version of the program?");
}

}  // namespace

RunWatch::RunWatch(const std::filesystem::path& run_folder, int max_steps,
                   const std::vector<Suite>& suites, SceneStore& store)
    : reader_(run_folder), setups_(suites, store), max_steps_(max_steps) {
  Look();
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

RunWatch::~RunWatch() {
  thread_.request_stop();
  thread_.join();
}

int64_t RunWatch::Now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string RunWatch::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void RunWatch::WaitForEpisodes(double seconds) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::duration<double>(seconds),
                    [this] { return !episodes_.empty() || !error_.empty(); });
}

void RunWatch::Run(const std::stop_token& stop) {
  for (int period = 0; !stop.stop_requested(); ++period) {
    const bool is_looked_at = Now() - last_look_ < kRestAfter_ms;
    if (is_looked_at) {
      if (period % kWantEvery == 0) reader_.Want();
      try {
        Update();
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex_);
        error_ = error.what();
      }
      changed_.notify_all();
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kPeriod, [] { return false; });
  }
}

// Makes episodes of what the run has written since.
void RunWatch::Update() {
  reader_.Update();
  DropTasks();
  std::vector<RunningEpisode> episodes;
  for (const auto& [number, slot] : reader_.slots()) {
    // only this thread writes what is read here
    const auto last = std::ranges::find(
        episodes_, number, [](const RunningEpisode& episode) { return episode.live.slot; });
    if (last != episodes_.end() && IsSameInstant(last->live, slot)) {
      episodes.push_back(*last);
      episodes.back().live.end = slot.end;
      episodes.back().live.age_s = slot.age_s;
    } else {
      episodes.push_back(Describe(slot));
    }
  }
  const std::lock_guard lock(mutex_);
  episodes_ = std::move(episodes);
  error_.clear();
}

RunningEpisode RunWatch::Describe(const LiveSlot& slot) {
  tasks_.insert({slot.episode.suite, slot.episode.task_index});
  const TaskSetup& setup = setups_.Get(slot.episode.suite, slot.episode.task_index);
  CheckFits(slot.snapshot, *setup.scene->model);
  RunningEpisode episode = {.live = slot, .info = {}, .moment = ++num_moments_};
  EpisodeInfo& info = episode.info;
  info.episode = slot.episode;
  info.task = setup.task;
  info.instruction = PolicyInstruction(setup.task, setup.problem);
  info.workspace = setup.problem.workspace;
  info.num_init_states = setup.init_states.num_states();
  info.max_steps = max_steps_;
  info.scene = setup.scene;
  for (const Predicate& predicate : setup.problem.goal) info.goal.push_back(ToString(predicate));
  return episode;
}

// Lets go of tasks that no slot is at any more.
void RunWatch::DropTasks() {
  std::set<std::pair<std::string, int>> used;
  for (const auto& [number, slot] : reader_.slots()) {
    used.insert({slot.episode.suite, slot.episode.task_index});
  }
  for (const auto& task : tasks_) {
    if (!used.contains(task)) (void)setups_.Drop(task.first, task.second);
  }
  std::erase_if(tasks_, [&](const auto& task) { return !used.contains(task); });
}

}  // namespace libero
