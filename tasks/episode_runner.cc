#include "tasks/episode_runner.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

uint64_t HashOf(const std::vector<double>& state) {
  return XXH3_64bits(state.data(), state.size() * sizeof(double));
}

}  // namespace

EpisodeRunner::EpisodeRunner(TaskSetups& setups, RendererPool* renderers, const Protocol& protocol,
                             const EnvOptions& env_options, std::vector<FrameSpec> frames)
    : setups_(&setups),
      renderers_(renderers),
      protocol_(&protocol),
      env_options_(env_options),
      frame_specs_(std::move(frames)) {
  LIBERO_CHECK(frame_specs_.empty() || renderers_ != nullptr);
}

void EpisodeRunner::Begin(const EpisodeSpec& episode, const std::stop_token& stop) {
  start_ = std::chrono::steady_clock::now();
  episode_ = episode;
  num_steps_ = 0;
  max_steps_ = MaxSteps(*protocol_, episode.suite);
  PrepareEnv();
  start_ = std::chrono::steady_clock::now();
  env_->Reset(episode.reset_index);
  env_->SetInitState(episode.init_index);
  for (int i = 0; i < protocol_->settle_steps && !stop.stop_requested(); ++i) {
    env_->Step(protocol_->settle_action);
  }
}

void EpisodeRunner::PrepareEnv() {
  if (HasEnvFor(episode_) && env_episode_.seed == episode_.seed) return;
  env_.reset();
  const TaskSetup& setup = setups_->Get(episode_.suite, episode_.task_index);
  const mjModel& model = *setup.scene->model;
  camera_ids_.clear();
  images_.clear();
  histories_.clear();
  histories_.resize(frame_specs_.size());
  for (const FrameSpec& frame : frame_specs_) {
    CheckFrame(model, frame);
    camera_ids_.push_back(FindCamera(model, frame.camera));
    const size_t num_bytes = size_t{3} * static_cast<size_t>(frame.width * frame.height);
    images_.push_back({frame.width, frame.height, std::vector<uint8_t>(num_bytes)});
  }
  EnvOptions options = env_options_;
  options.seed = episode_.seed;
  env_ = std::make_unique<Env>(setup, options);
  env_episode_ = episode_;
}

std::optional<EpisodeEnd> EpisodeRunner::Step(const Action& action) {
  env_->Step(action);
  ++num_steps_;
  if (env_->Diverged()) return EpisodeEnd::kDiverged;
  if (env_->Solved()) return EpisodeEnd::kSuccess;
  if (num_steps_ >= max_steps_) return EpisodeEnd::kTimeout;
  return std::nullopt;
}

void EpisodeRunner::Draw() {
  const RendererPool::Lease lease = renderers_->Acquire(*env_->setup().scene->model);
  for (size_t i = 0; i < images_.size(); ++i) {
    lease.renderer().Redraw(env_->snapshot(), camera_ids_[i], images_[i], histories_[i]);
  }
}

EpisodeResult EpisodeRunner::Result(EpisodeEnd end) const {
  return {.spec = episode_,
          .end = end,
          .steps = num_steps_,
          .wall_s = ElapsedS(),
          .final_state_hash = HashOf(env_->world().State())};
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
