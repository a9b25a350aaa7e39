#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "results/episode_recorder.h"
#include "tasks/episode.h"
#include "tasks/protocol.h"

namespace libero {

// What an evaluation keeps beside its log, as options say it. Results do not depend on it.
struct RecordingOptions {
  std::string video;  // all, failures, first:N (of each task); "": none
  std::string cameras = "agentview,robot0_eye_in_hand";
  int size = 256;  // pixels of a camera's pictures, both ways
  bool log_actions = false;

  [[nodiscard]] bool is_empty() const { return video.empty() && !log_actions; }
};

// What is to be kept of the episodes of a suite, in the folders videos and actions of `folder`,
// which are made by MakeRecordingFolders. `first:N` counts a task's episodes in their order here.
// `known_cameras` are those of all scenes. Loads the plug-in for videos if there are to be any.
// Throws Error, which begins with the option, for what cannot be.
[[nodiscard]] RunRecording MakeRecording(const RecordingOptions& options,
                                         const std::filesystem::path& folder,
                                         const Protocol& protocol,
                                         std::span<const EpisodeSpec> episodes,
                                         const std::vector<std::string>& known_cameras);

// Throws Error if they cannot be made.
void MakeRecordingFolders(const RunRecording& recording);

// The cameras "a,b" with frames of this size. Throws Error that begins with the option for none,
// and for one that is not known.
[[nodiscard]] std::vector<FrameSpec> ParseVideoCameras(const std::string& option,
                                                       const std::string& text, int size,
                                                       const std::vector<std::string>& known);

}  // namespace libero
