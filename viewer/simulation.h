#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tasks/episode_runner.h"
#include "tasks/policy.h"
#include "tasks/renderer_pool.h"
#include "tasks/task_setups.h"
#include "viewer/demo_source.h"
#include "viewer/moment.h"
#include "viewer/push.h"

namespace libero {

// What a simulation is to show.
struct EpisodeChoice {
  EpisodeSpec episode;
  std::string policy;  // see PolicyFactory

  // A file of demonstrations to play one of, in place of all this; "" for none.
  std::string demo_file;
  int demo = -1;  // its number; −1: the first

  bool operator==(const EpisodeChoice&) const;
};

// Makes a policy by its name, to play a suite by a protocol; called in the simulation's thread.
// Throws Error.
using PolicyFactory = std::function<std::unique_ptr<Policy>(
    const std::string& name, const Protocol& protocol, const std::string& suite)>;

struct SimulationOptions {
  Protocol protocol;
  StepMode mode = StepMode::kReference;
  PolicyFactory make_policy;
  RendererFactory make_renderer;  // of the policy's pictures
};

// Runs one episode in a thread of its own, as far as it is told, and remembers each moment of it. A
// policy acts in that thread too, so that whoever looks on never waits for it. The episode is that
// of a rollout: reset, settle steps, actions and end come from the same EpisodeRunner.
class Simulation {
 public:
  // What is referred to must outlive it.
  Simulation(const std::vector<Suite>& suites, SceneStore& store, SimulationOptions options);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Begins an episode once what is under way is done; a later request replaces one that waits. Its
  // target is step 0.
  void Load(const EpisodeChoice& choice);

  // How far to go: it steps until so many actions have been taken, or the episode ends.
  void SetTarget(int step);

  // Forgets what came after a step and lets the policy begin anew there; stands there.
  void ReturnTo(int step);

  // Pulls at a body while it steps, until told otherwise.
  void SetPush(const std::optional<Push>& push);

  // Whether it has nothing to do: the target is reached, the episode ended or an error happened.
  [[nodiscard]] bool is_idle() const;
  void WaitUntilIdle() const;

  // A look at what has been recorded; the simulation waits at its next step until it is gone.
  class Access {
   public:
    Access(std::mutex& mutex, const Recording& recording) : lock_(mutex), recording_(&recording) {}
    [[nodiscard]] const Recording& operator*() const { return *recording_; }
    [[nodiscard]] const Recording* operator->() const { return recording_; }

   private:
    std::unique_lock<std::mutex> lock_;
    const Recording* recording_;
  };
  [[nodiscard]] Access Read() const { return {mutex_, recording_}; }

  // What came of the episode if it ended now, final state and all; only while it is idle (CHECK)
  // and after an episode was loaded.
  [[nodiscard]] EpisodeResult Result() const;

 private:
  void Run(const std::stop_token& stop);
  [[nodiscard]] bool HasWork() const;
  void DoWork(std::unique_lock<std::mutex>& lock);
  void BeginEpisode(const EpisodeChoice& choice);
  void PreparePolicy(const EpisodeChoice& choice, const std::string& suite);
  void PrepareTask(const EpisodeSpec& episode);
  [[nodiscard]] EpisodeInfo Describe(const EpisodeSpec& episode, const std::string& policy);
  [[nodiscard]] std::optional<EpisodeEnd> EndOfDemo() const;
  void Return(int step);
  void Step();
  [[nodiscard]] Moment Look(int step);
  void Say(const std::string& doing);

  const std::vector<Suite>* suites_;
  SimulationOptions options_;

  // of the thread
  TaskSetups setups_;
  std::optional<RendererPool> renderers_;
  std::unique_ptr<Policy> policy_;
  std::string policy_key_;          // name and all else that it was made for
  std::optional<DemoSource> demo_;  // that is played
  std::unique_ptr<EpisodeRunner> runner_;
  std::optional<EpisodeSpec> episode_;
  uint64_t num_moments_ = 0;
  std::shared_ptr<const Scene> scene_;  // of the last episode, which the next one often shares

  mutable std::mutex mutex_;  // of what follows
  mutable std::condition_variable changed_;
  Recording recording_;
  std::optional<EpisodeChoice> to_load_;
  std::optional<int> to_return_;
  int target_ = 0;
  bool is_working_ = false;

  std::mutex push_mutex_;  // of push_, which is asked for 500 times a second
  std::optional<Push> push_;

  std::jthread thread_;  // last: it ends first
};

}  // namespace libero
