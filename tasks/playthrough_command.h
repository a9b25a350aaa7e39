#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "sim/renderer_source.h"

namespace libero {

// The options of `libero playthrough`.
struct PlaythroughOptions {
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
  std::string suite;
  std::string task;    // see FindTask
  int init = 0;        // init state; the reset is init + 1, as in evaluations
  uint32_t seed = 0;   // of the resets
  std::string expert;  // see ParseExpertOptions
  std::string protocol = "univla";

  // Where pictures of every `picture_steps`-th step go, if anywhere: <step>.png
  std::optional<std::filesystem::path> pictures;
  int picture_steps = 10;
  std::string camera = "agentview";
  RendererOptions renderer;
};

// Plays one episode with the scripted expert and prints what happened as text, a line for each
// event with the number of actions taken before it: what the expert begins ("take bowl_1"),
// predicates of the goal that become true (+) or false (−), and how it ended. The text depends on
// the options alone. Returns 0 if the task was solved, else 1. Throws Error for bad options, and
// what ended the episode if it could not be run.
int RunPlaythroughCommand(const PlaythroughOptions& options, std::ostream& out);

}  // namespace libero
