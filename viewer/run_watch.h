#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tasks/live_slots.h"
#include "tasks/task_setups.h"
#include "viewer/moment.h"

namespace libero {

// What a slot of a running evaluation is at, ready to be drawn.
struct RunningEpisode {
  LiveSlot live;
  EpisodeInfo info;     // but for policy and protocol
  uint64_t moment = 0;  // different for different instants
};

// Looks on at the slots of a running evaluation, in a thread of its own: reads what the run writes
// of them, and loads the scenes of their tasks. The run does not notice but for the files.
class RunWatch {
 public:
  // `max_steps` of its episodes; `suites` and `store` must outlive it.
  RunWatch(const std::filesystem::path& run_folder, int max_steps, const std::vector<Suite>& suites,
           SceneStore& store);
  ~RunWatch();
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  // Somebody looks at this moment. A second after the last call it lets the run rest.
  void Look() { last_look_ = Now(); }

  // Waits until there are episodes, but no longer than so; for pictures without a window.
  void WaitForEpisodes(double seconds);

  // The episodes by slot; the thread waits until it is gone.
  class Access {
   public:
    Access(std::mutex& mutex, const std::vector<RunningEpisode>& episodes)
        : lock_(mutex), episodes_(&episodes) {}
    [[nodiscard]] const std::vector<RunningEpisode>& operator*() const { return *episodes_; }
    [[nodiscard]] const std::vector<RunningEpisode>* operator->() const { return episodes_; }

   private:
    std::unique_lock<std::mutex> lock_;
    const std::vector<RunningEpisode>* episodes_;
  };
  [[nodiscard]] Access Read() const { return {mutex_, episodes_}; }

  // Why slots cannot be shown, or "".
  [[nodiscard]] std::string error() const;

 private:
  [[nodiscard]] static int64_t Now();  // ms
  void Run(const std::stop_token& stop);
  void Update();
  [[nodiscard]] RunningEpisode Describe(const LiveSlot& slot);
  void DropTasks();

  // of the thread
  LiveSlotReader reader_;
  TaskSetups setups_;
  int max_steps_;
  std::set<std::pair<std::string, int>> tasks_;  // that are loaded
  uint64_t num_moments_ = 0;

  std::atomic<int64_t> last_look_ = 0;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable_any changed_;
  std::vector<RunningEpisode> episodes_;
  std::string error_;
  std::jthread thread_;  // last: it ends first
};

}  // namespace libero
