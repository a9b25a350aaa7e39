#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "tasks/action_noise.h"
#include "tasks/env.h"
#include "tasks/episode.h"
#include "tasks/episode_watcher.h"
#include "tasks/protocol.h"
#include "tasks/renderer_pool.h"
#include "tasks/task_setups.h"

namespace libero {

// Runs one episode after another in an environment of its own, by a protocol: the part of a rollout
// that is done in worker threads. Not thread-safe; one thread after another may use it.
class EpisodeRunner {
 public:
  // `frames` are drawn by Draw(), those of `watcher`, which may be null, at every instant;
  // `renderers` may be null if there are none of either. What is passed by reference must outlive
  // this object. `noise` is added to the policy's actions.
  EpisodeRunner(TaskSetups& setups, RendererPool* renderers, const Protocol& protocol,
                const EnvOptions& env_options, std::vector<FrameSpec> frames,
                std::unique_ptr<EpisodeWatcher> watcher = nullptr, const ActionNoise& noise = {});

  // Starts an episode: loads the task if nobody has, makes an environment unless the last episode's
  // fits (same task and seed), resets, sets the init state, and takes the protocol's settle steps.
  // Goals that hold by then are not looked at, as in the Python harnesses. A request to stop
  // shortens the settling. Without an init state, the one that the reset left is set: as if it
  // were published. Throws Error if the task cannot be loaded or has no such init state.
  void Begin(const EpisodeSpec& episode, const std::stop_token& stop);

  // Takes an action that the policy chose, with the noise added, and says whether that was the end.
  // `around_substep`: see ControlLoop::Step.
  std::optional<EpisodeEnd> Step(const Action& action, const SubstepListener& around_substep = {});

  // Goes back to an instant of the episode, after `num_steps` of the policy's actions; without a
  // watcher (CHECK), who would see it as time going on.
  void Return(const EnvState& state, int num_steps);

  // Draws the frames of this instant; see frames(). Throws Error if the renderer fails.
  void Draw();

  // The frames as last drawn, one per FrameSpec.
  [[nodiscard]] std::span<const Image> frames() const { return images_; }

  // After a successful Begin().
  [[nodiscard]] const Env& env() const { return *env_; }
  [[nodiscard]] Env& env() { return *env_; }

  // Null if there is none.
  [[nodiscard]] EpisodeWatcher* watcher() const { return watcher_.get(); }

  // How many pictures have been drawn since this was last asked.
  int TakeNumDrawn() { return std::exchange(num_drawn_, 0); }

  // Since Begin(), of the policy.
  [[nodiscard]] int num_steps() const { return num_steps_; }

  // What came of the episode if it ended now in this way.
  [[nodiscard]] EpisodeResult Result(EpisodeEnd end) const;

  // What came of it if it could not go on.
  [[nodiscard]] EpisodeResult ErrorResult(const std::string& error) const;

  // Whether it holds an environment of the episode's task.
  [[nodiscard]] bool HasEnvFor(const EpisodeSpec& episode) const;

  // Destroys the environment, which refers to the task's setup.
  void ReleaseEnv() { env_.reset(); }

 private:
  // Pictures of one camera, instant after instant.
  struct Camera {
    FrameSpec spec;
    int id = 0;                             // in the environment's scene
    std::unique_ptr<FrameHistory> history;  // of its last picture
    int watched = -1;                       // of the watcher's cameras, the one that is the same
  };

  void PrepareEnv();
  static void PrepareCameras(const mjModel& model, std::vector<Camera>& cameras,
                             std::vector<Image>& images);
  void DrawWatched();
  [[nodiscard]] std::span<const Image> WatchedImages() const;
  void DrawOne(Renderer& renderer, Camera& camera, Image& image);
  [[nodiscard]] double ElapsedS() const;

  TaskSetups* setups_;
  RendererPool* renderers_;
  const Protocol* protocol_;
  EnvOptions env_options_;
  std::unique_ptr<EpisodeWatcher> watcher_;
  ActionNoise noise_;
  std::vector<Camera> cameras_;  // of the policy
  std::vector<Image> images_;    // of cameras_
  std::vector<Camera> watched_cameras_;
  std::vector<Image> watched_images_;  // of watched_cameras_; of this instant
  bool draws_watched_ = false;         // in this episode
  int num_drawn_ = 0;
  std::unique_ptr<Env> env_;
  EpisodeSpec env_episode_;  // the one that the environment was made for
  EpisodeSpec episode_;
  std::chrono::steady_clock::time_point start_;
  GoalProgress progress_;
  int max_steps_ = 0;
  int num_steps_ = 0;
};

}  // namespace libero
