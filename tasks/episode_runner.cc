#include "tasks/episode_runner.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

uint64_t HashOf(const std::vector<double>& state) {
  return XXH3_64bits(state.data(), state.size() * sizeof(double));
}

}  // namespace

EpisodeRunner::EpisodeRunner(TaskSetups& setups, RendererPool* renderers, const Protocol& protocol,
                             const EnvOptions& env_options, std::vector<FrameSpec> frames,
                             std::unique_ptr<EpisodeWatcher> watcher, const ActionNoise& noise)
    : setups_(&setups),
      renderers_(renderers),
      protocol_(&protocol),
      env_options_(env_options),
      watcher_(std::move(watcher)),
      noise_(noise) {
  if (watcher_ != nullptr) {
    for (FrameSpec& frame : watcher_->frames()) watched_cameras_.push_back({std::move(frame)});
  }
  for (FrameSpec& frame : frames) {
    const auto same = std::ranges::find(watched_cameras_, frame, &Camera::spec);
    const bool is_watched = same != watched_cameras_.end();
    const auto watched = static_cast<int>(same - watched_cameras_.begin());
    cameras_.push_back({std::move(frame), 0, nullptr, is_watched ? watched : -1});
  }
  LIBERO_CHECK((cameras_.empty() && watched_cameras_.empty()) || renderers_ != nullptr);
}

void EpisodeRunner::Begin(const EpisodeSpec& episode, const std::stop_token& stop) {
  start_ = std::chrono::steady_clock::now();
  episode_ = episode;
  num_steps_ = 0;
  max_steps_ = MaxSteps(*protocol_, episode.suite);
  PrepareEnv();
  start_ = std::chrono::steady_clock::now();
  env_->Reset(episode.reset_index);
  if (episode.init_index == kNoInitState) {
    env_->SetState(env_->world().State());
  } else {
    env_->SetInitState(episode.init_index);
  }
  progress_ = {.num_predicates = env_->goal().num_predicates()};
  draws_watched_ = watcher_ != nullptr && watcher_->WantsFrames(episode);
  if (watcher_ != nullptr) watcher_->BeginEpisode(episode, *env_);
  for (int i = 0; i < protocol_->settle_steps && !stop.stop_requested(); ++i) {
    env_->Step(protocol_->settle_action);
  }
  if (watcher_ == nullptr) return;
  DrawWatched();
  watcher_->Start(*env_, WatchedImages());
}

void EpisodeRunner::PrepareEnv() {
  if (HasEnvFor(episode_) && env_episode_.seed == episode_.seed) return;
  env_.reset();
  const TaskSetup& setup = setups_->Get(episode_.suite, episode_.task_index);
  const mjModel& model = *setup.scene->model;
  PrepareCameras(model, cameras_, images_);
  PrepareCameras(model, watched_cameras_, watched_images_);
  EnvOptions options = env_options_;
  options.seed = episode_.seed;
  env_ = std::make_unique<Env>(setup, options);
  env_episode_ = episode_;
}

void EpisodeRunner::PrepareCameras(const mjModel& model, std::vector<Camera>& cameras,
                                   std::vector<Image>& images) {
  images.clear();
  for (Camera& camera : cameras) {
    const FrameSpec& frame = camera.spec;
    CheckFrame(model, frame);
    camera.id = FindCamera(model, frame.camera);
    camera.history.reset();
    const size_t num_bytes = size_t{3} * static_cast<size_t>(frame.width * frame.height);
    images.push_back({frame.width, frame.height, std::vector<uint8_t>(num_bytes)});
  }
}

std::optional<EpisodeEnd> EpisodeRunner::Step(const Action& action,
                                              const SubstepListener& around_substep) {
  const StepActions actions = {action, Disturbed(action, noise_, episode_, num_steps_)};
  env_->Step(actions.taken, around_substep);
  ++num_steps_;
  progress_.end = env_->goal().NumHolding(env_->world());
  progress_.best = std::max(progress_.best, progress_.end);
  if (watcher_ != nullptr) {
    DrawWatched();
    watcher_->AfterStep(actions, *env_, WatchedImages());
  }
  if (env_->Diverged()) return EpisodeEnd::kDiverged;
  if (progress_.end == progress_.num_predicates) return EpisodeEnd::kSuccess;
  if (num_steps_ >= max_steps_) return EpisodeEnd::kTimeout;
  return std::nullopt;
}

void EpisodeRunner::Return(const EnvState& state, int num_steps) {
  LIBERO_CHECK(watcher_ == nullptr);
  env_->Restore(state);
  num_steps_ = num_steps;
  progress_.end = env_->goal().NumHolding(env_->world());
  progress_.best = progress_.end;
}

void EpisodeRunner::Draw() {
  // what has been drawn for the watcher
  bool are_all_there = true;
  for (size_t i = 0; i < images_.size(); ++i) {
    const int watched = draws_watched_ ? cameras_[i].watched : -1;
    are_all_there = are_all_there && watched >= 0;
    if (watched >= 0) images_[i].rgb = watched_images_[static_cast<size_t>(watched)].rgb;
  }
  if (are_all_there) return;

  // the rest
  const RendererPool::Lease lease = renderers_->Acquire(*env_->setup().scene->model);
  for (size_t i = 0; i < images_.size(); ++i) {
    if (!draws_watched_ || cameras_[i].watched < 0)
      DrawOne(lease.renderer(), cameras_[i], images_[i]);
  }
}

void EpisodeRunner::DrawWatched() {
  if (!draws_watched_ || watched_cameras_.empty()) return;
  const RendererPool::Lease lease = renderers_->Acquire(*env_->setup().scene->model);
  for (size_t i = 0; i < watched_images_.size(); ++i) {
    DrawOne(lease.renderer(), watched_cameras_[i], watched_images_[i]);
  }
}

std::span<const Image> EpisodeRunner::WatchedImages() const {
  if (!draws_watched_) return {};
  return watched_images_;
}

void EpisodeRunner::DrawOne(Renderer& renderer, Camera& camera, Image& image) {
  renderer.Redraw(env_->snapshot(), camera.id, image, camera.history);
  ++num_drawn_;
}

EpisodeResult EpisodeRunner::Result(EpisodeEnd end) const {
  return {.spec = episode_,
          .end = end,
          .steps = num_steps_,
          .wall_s = ElapsedS(),
          .final_state_hash = HashOf(env_->world().State()),
          .progress = progress_};
}

EpisodeResult EpisodeRunner::ErrorResult(const std::string& error) const {
  return {.spec = episode_, .steps = num_steps_, .wall_s = ElapsedS(), .error = error};
}

double EpisodeRunner::ElapsedS() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool EpisodeRunner::HasEnvFor(const EpisodeSpec& episode) const {
  return env_ != nullptr && env_episode_.suite == episode.suite &&
         env_episode_.task_index == episode.task_index;
}

}  // namespace libero
