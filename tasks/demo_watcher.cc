#include "tasks/demo_watcher.h"

#include <utility>

#include "tasks/env.h"

namespace libero {

DemoWatcher::DemoWatcher(std::filesystem::path data_root, std::vector<RecordedCamera> cameras,
                         ObservationTime time, DemoCallback on_demo)
    : data_root_(std::move(data_root)),
      cameras_(std::move(cameras)),
      recorder_(cameras_, time),
      on_demo_(std::move(on_demo)) {}

std::vector<FrameSpec> DemoWatcher::frames() const {
  std::vector<FrameSpec> frames;
  frames.reserve(cameras_.size());
  for (const RecordedCamera& camera : cameras_) frames.push_back(camera.frame);
  return frames;
}

void DemoWatcher::BeginEpisode(const EpisodeSpec& /*episode*/, const Env& env) {
  const Problem& problem = env.setup().problem;
  if (model_task_ != problem.file_name) {
    model_text_ = std::make_unique<ModelText>(data_root_, problem);
    model_task_ = problem.file_name;
  }
  model_file_ = model_text_->Write(env.world());
  recorder_.Begin(env);
  chosen_actions_.clear();
}

void DemoWatcher::Start(const Env& env, std::span<const Image> frames) {
  recorder_.Start(env, frames);
}

void DemoWatcher::AfterStep(const StepActions& actions, const Env& env,
                            std::span<const Image> frames) {
  recorder_.AfterStep(actions.taken, env, frames);
  chosen_actions_.push_back(actions.chosen);
}

void DemoWatcher::EndEpisode(const EpisodeResult& result) {
  RecordedDemo demo = recorder_.Take();
  if (!result.success()) return;
  const EpisodeSpec& episode = result.spec;
  if (chosen_actions_ != demo.actions) demo.chosen_actions = std::move(chosen_actions_);
  demo.model_file = std::move(model_file_);
  demo.reset_index = episode.reset_index;
  if (episode.init_index != kNoInitState) demo.init_index = episode.init_index;
  on_demo_(episode, demo);
}

}  // namespace libero
