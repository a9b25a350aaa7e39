#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "sim/renderer_source.h"

namespace libero {

// The options of `libero video`.
struct VideoCommandOptions {
  std::filesystem::path run;          // folder of `libero eval`
  std::vector<std::string> episodes;  // "TASK:INIT", "failures" or "all"
  std::string cameras = "agentview,robot0_eye_in_hand";
  int size = 256;  // pixels of a camera's pictures, both ways
  RendererOptions renderer;
  std::optional<int> num_threads;            // without: one per core
  std::optional<std::filesystem::path> out;  // without: "videos" in the run's folder

  // where things are
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
};

// Plays episodes of an evaluation again, by their logged actions or, if none were logged, by the
// policy where that has no networks, and films them. The end must be the recorded one, to the last
// bit of the state. Prints a line per video. Returns 0; 130 if it was interrupted. Throws Error for
// bad options, for episodes that cannot be played or are not in the log, and where an episode ends
// otherwise; of that one no video is left.
int RunVideoCommand(const VideoCommandOptions& options, std::ostream& out);

}  // namespace libero
