#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "results/provenance.h"

namespace libero {

// The options of `libero regenerate`.
struct RegenerateOptions {
  std::vector<std::filesystem::path> inputs;      // files, or folders with *.hdf5
  std::filesystem::path out;                      // folder, new, empty or of an interrupted run
  std::string cameras = "agentview,eye_in_hand";  // see ParseCameras
  int size = 256;                                 // of pictures, pixels both ways
  bool drop_noops = false;                        // see NoopFilter
  std::string observations = "before_action";     // see ObservationTime
  std::string scene;                              // see ReplayScene; "": DefaultReplayScene
  int settle_steps = 10;  // before each demonstration of a file that does not tell its own
  RendererOptions renderer;
  std::optional<int> num_threads;  // without: one per core

  // where things are
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
  ProgramInfo program;

  // output
  int width = 0;                 // columns of the terminal on stdout; 0: lines as they get
  bool log_is_terminal = false;  // `log` is one
};

// Plays the actions of demonstrations again and records them anew: with pictures of another size,
// other cameras, or without actions that do nothing. A demonstration is kept, under its number, if
// the goal holds after its last action; numbers have gaps then, as in OpenVLA's copies.
//
// Leaves in the folder a file of the name of each input (see demo_writer.h), whole or not at all,
// <suite>_metainfo.json (see demo_metainfo.h), config.json, manifest.json and DONE. An interrupted run is continued by the same command, file by
// file. Progress goes to `log`, a table of what was kept to `out`. Returns 0; 1 if of a file
// nothing could be kept; 130 if interrupted. Throws Error for bad options and files.
int RunRegenerateCommand(const RegenerateOptions& options, std::ostream& out, std::ostream& log);

}  // namespace libero
