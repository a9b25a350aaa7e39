#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <vector>

#include "results/provenance.h"
#include "sim/renderer_source.h"

namespace libero {

// The options of `libero arrange`.
struct ArrangeOptions {
  std::vector<std::filesystem::path> inputs;  // files, or folders with *.hdf5
  std::filesystem::path out;                  // folder, new, empty or of an interrupted run
  int num_pictures = 3200;                    // of each task
  std::string cameras = "agentview";          // see ParseCameras
  int size = 128;                             // of pictures, pixels both ways
  uint32_t seed = 1;                          // of the resets; evaluations use those of 0
  RendererOptions renderer;
  std::optional<int> num_threads;  // without: one per core

  // where things are
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
  ProgramInfo program;

  bool log_is_terminal = false;  // `log` is one
};

// Draws the scenes of demonstrations in other arrangements (see SceneArranger), for
// `train features`. Leaves in the folder a file of the name of each input, in the same schema: as
// many demonstrations as there are resets, of 20 states that have nothing to do with one another,
// with actions of zeros; whole or not at all; config.json, manifest.json and DONE. An interrupted
// run is continued by the same command, file by file. Returns 0; 130 if interrupted. Throws Error
// for bad options and files.
int RunArrangeCommand(const ArrangeOptions& options, std::ostream& log);

}  // namespace libero
