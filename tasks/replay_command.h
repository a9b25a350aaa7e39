#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

namespace libero {

// The options of `libero replay`.
struct ReplayOptions {
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
  std::filesystem::path file;                         // see DemoFile
  std::string demos;           // numbers n of "demo_<n>", see ParseIndexRanges; "": all
  std::string scene;           // see ReplayScene; "": DefaultReplayScene of each demonstration
  std::filesystem::path json;  // file to write too; "": none
  int width = 0;               // of the table, see PrintTable
};

// Plays the actions of demonstrations and prints a table of how far their states and successes are
// from the recorded ones, and a line that sums it up. With `json` also writes
//   {"demos": [{"name", "steps", "success", "first_success_step", "state_errors": [T + 1],
//               "max_state_error", "success_flags": [T], "success_flags_equal"}]}
// whose fields are those of ReplayResult, null for none. Throws Error for everything that DemoFile,
// FindDemoTask and CheckReplayable refuse, in all demonstrations that were asked for before the
// scene is loaded and the first is played; no file is left then.
int RunReplayCommand(const ReplayOptions& options, std::ostream& out);

}  // namespace libero
