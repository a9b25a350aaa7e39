#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tasks/demo_recorder.h"
#include "tasks/episode_watcher.h"
#include "tasks/model_file.h"

namespace libero {

// Takes the demonstration of a successful episode; called by the rollout's caller's thread.
using DemoCallback = std::function<void(const EpisodeSpec& episode, const RecordedDemo& demo)>;

// Records the episodes of a slot, and hands on those that succeed.
class DemoWatcher : public EpisodeWatcher {
 public:
  // Of the data root only the MJCF files are read.
  DemoWatcher(std::filesystem::path data_root, std::vector<RecordedCamera> cameras,
              ObservationTime time, DemoCallback on_demo);

  [[nodiscard]] std::vector<FrameSpec> frames() const override;
  void BeginEpisode(const EpisodeSpec& episode, const Env& env) override;
  void Start(const Env& env, std::span<const Image> frames) override;
  void AfterStep(const StepActions& actions, const Env& env,
                 std::span<const Image> frames) override;
  void EndEpisode(const EpisodeResult& result) override;

 private:
  std::filesystem::path data_root_;
  std::vector<RecordedCamera> cameras_;
  DemoRecorder recorder_;
  std::vector<Action> chosen_actions_;
  DemoCallback on_demo_;
  std::unique_ptr<ModelText> model_text_;
  std::string model_task_;  // BDDL file of the task that model_text_ is of
  std::string model_file_;
};

}  // namespace libero
