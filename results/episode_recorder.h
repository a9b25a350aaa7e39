#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/video/canvas.h"
#include "sim/video/video_file.h"
#include "tasks/episode_watcher.h"

namespace libero {

// What to keep of episodes beside their lines in the log.
struct RunRecording {
  // videos: MP4 files in a folder that is there, `<stem>.mp4`, see EpisodeFileStem
  std::filesystem::path video_folder;
  std::vector<FrameSpec> cameras;        // side by side, all of one size; none: no videos
  std::set<std::pair<int, int>> filmed;  // tasks and init states
  bool keeps_failures_only = false;
  int max_steps = 0;  // for captions

  std::filesystem::path action_folder;  // for `<stem>.npy`, see action_file.h; empty: no actions

  // Called with the result of an episode before anything is kept of it, by the rollout's caller's
  // thread; may be empty. What it throws stops the rollout.
  std::function<void(const EpisodeResult&)> check;
};

// Keeps what a RunRecording says of the episodes of one slot. Files are there, whole, before an
// episode's result is reported. Of episodes with errors and cancelled ones nothing is kept. What
// cannot be written is no error of the episode: it stops the rollout.
class EpisodeRecorder : public EpisodeWatcher {
 public:
  // `recording` must outlive it.
  explicit EpisodeRecorder(const RunRecording& recording) : recording_(&recording) {}
  ~EpisodeRecorder() override;
  EpisodeRecorder(const EpisodeRecorder&) = delete;
  EpisodeRecorder& operator=(const EpisodeRecorder&) = delete;

  [[nodiscard]] std::vector<FrameSpec> frames() const override { return recording_->cameras; }
  [[nodiscard]] bool WantsFrames(const EpisodeSpec& episode) const override;
  void BeginEpisode(const EpisodeSpec& episode, const Env& env) override;
  void Start(const Env& env, std::span<const Image> frames) override;
  void AfterStep(const StepActions& actions, const Env& env,
                 std::span<const Image> frames) override;
  void EndEpisode(const EpisodeResult& result) override;

 private:
  // What is written below the pictures beside the instruction.
  struct Caption {
    std::string step;
    std::string goal;
    std::string outcome;  // "" while the episode runs
    bool is_success = false;
  };

  void StartVideo(const Env& env);
  void Film(const Env& env, std::span<const Image> frames);
  void DrawCaption(const Caption& caption);
  void DropVideo();
  void KeepVideo(const EpisodeResult& result);

  const RunRecording* recording_;
  EpisodeSpec episode_;
  std::vector<Action> actions_;
  std::exception_ptr problem_;  // of this episode's video
  std::unique_ptr<VideoFile> video_;
  std::filesystem::path part_;  // where it is until it is whole
  Canvas canvas_;
  Caption caption_;
  int text_size_ = 0;    // pixels
  int caption_top_ = 0;  // where the two lines begin that change
};

}  // namespace libero
