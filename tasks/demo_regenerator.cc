#include "tasks/demo_regenerator.h"

#include <utility>

#include "tasks/noop_filter.h"

namespace libero {

DemoRegenerator::DemoRegenerator(const TaskSetup& setup, const EnvOptions& env,
                                 const std::filesystem::path& data_root,
                                 const std::vector<RecordedCamera>& cameras, ObservationTime time,
                                 RendererSource& renderers)
    : env_(setup, env), text_(data_root, setup.problem), recorder_(cameras, time) {
  const mjModel& model = *setup.scene->model;
  if (!cameras.empty()) renderer_ = renderers.Make(model);
  for (const RecordedCamera& camera : cameras) {
    const FrameSpec& frame = camera.frame;
    CheckFrame(model, frame);
    camera_ids_.push_back(FindCamera(model, frame.camera));
    const size_t num_bytes = size_t{3} * static_cast<size_t>(frame.width * frame.height);
    images_.push_back({frame.width, frame.height, std::vector<uint8_t>(num_bytes)});
  }
}

RegeneratedDemo DemoRegenerator::Play(const Demo& demo, ReplayScene scene, bool drop_noops) {
  // up to the first action
  PlaceReplay(env_, demo, scene);
  recorder_.Begin(env_);
  std::string model_file = text_.Write(env_.world());
  for (int i = 0; i < demo.settle_steps.value_or(0); ++i) env_.Step(demo.settle_action);
  histories_.clear();
  histories_.resize(images_.size());
  recorder_.Start(env_, Draw());

  // the actions
  RegeneratedDemo result;
  NoopFilter filter;
  for (const Action& action : demo.actions) {
    if (drop_noops && !filter.Keep(action)) {
      ++result.num_noops;
      continue;
    }
    env_.Step(action);
    recorder_.AfterStep(action, env_, Draw());
  }
  result.demo = recorder_.Take();
  result.success = result.demo.num_steps() > 0 && env_.Solved();
  result.demo.model_file = std::move(model_file);
  result.demo.reset_index = demo.reset_index;
  result.demo.init_index = demo.init_index;
  return result;
}

std::span<const Image> DemoRegenerator::Draw() {
  for (size_t i = 0; i < images_.size(); ++i) {
    renderer_->Redraw(env_.snapshot(), camera_ids_[i], images_[i], histories_[i]);
  }
  return images_;
}

}  // namespace libero
