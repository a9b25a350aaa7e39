#include "results/recording_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <system_error>

#include "results/option_checks.h"
#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "sim/renderer.h"
#include "sim/video/video.h"

namespace libero {
namespace {

// How many episodes of each task "first:N" asks for.
int ParseFirst(const std::string& text) {
  constexpr std::string_view kFirst = "first:";
  int count = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with(kFirst)) {
    const auto parsed = std::from_chars(text.data() + kFirst.size(), end, count);
    if (parsed.ec != std::errc() || parsed.ptr != end) count = 0;
  }
  if (count < 1) {
    throw Error(fmt::format("--video: expected all, failures or first:N, got '{}'", text),
                "e.g. first:2 for the first two episodes of each task");
  }
  return count;
}

}  // namespace

std::vector<FrameSpec> ParseVideoCameras(const std::string& option, const std::string& text,
                                         int size, const std::vector<std::string>& known) {
  std::vector<FrameSpec> cameras;
  std::istringstream names(text);
  for (std::string name; std::getline(names, name, ',');) {
    if (std::ranges::find(known, name) == known.end()) {
      const std::string nearest = DidYouMean(name, known);
      throw Error(fmt::format("{}: there is no camera '{}'", option, name),
                  fmt::format("{}{}there are {}", nearest, nearest.empty() ? "" : " ",
                              fmt::join(known, ", ")));
    }
    cameras.push_back({name, size, size});
  }
  if (cameras.empty()) {
    throw Error(fmt::format("{}: no camera was given", option), "e.g. agentview");
  }
  return cameras;
}

RunRecording MakeRecording(const RecordingOptions& options, const std::filesystem::path& folder,
                           const Protocol& protocol, std::span<const EpisodeSpec> episodes,
                           const std::vector<std::string>& known_cameras) {
  RunRecording recording;
  if (options.log_actions) recording.action_folder = folder / "actions";
  if (options.video.empty()) return recording;
  recording.keeps_failures_only = options.video == "failures";
  const bool films_all = options.video == "all" || recording.keeps_failures_only;
  const int most = films_all ? 0 : ParseFirst(options.video);
  CheckRange("--video-size", options.size, 16, kMaxFrameSize);
  recording.cameras =
      ParseVideoCameras("--video-cameras", options.cameras, options.size, known_cameras);
  recording.video_folder = folder / "videos";
  std::map<int, int> num_filmed;  // by task
  for (const EpisodeSpec& episode : episodes) {
    if (films_all || num_filmed[episode.task_index]++ < most) {
      recording.filmed.insert({episode.task_index, episode.init_index});
    }
  }
  if (!episodes.empty()) recording.max_steps = MaxSteps(protocol, episodes.front().suite);
  (void)Video();
  return recording;
}

void MakeRecordingFolders(const RunRecording& recording) {
  for (const std::filesystem::path& folder : {recording.video_folder, recording.action_folder}) {
    if (folder.empty()) continue;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw Error(fmt::format("{}: {}", folder.string(), error.message()));
  }
}

}  // namespace libero
