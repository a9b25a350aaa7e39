#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>

#include "results/collect_plan.h"
#include "results/provenance.h"

namespace libero {

// The options of `libero collect`.
struct CollectOptions {
  CollectRequest request;
  std::optional<int> num_envs;  // see ChooseParallelism
  std::optional<int> num_threads;
  std::filesystem::path out;  // folder, new, empty or of an interrupted run

  // where things are
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
  ProgramInfo program;

  // output
  int width = 0;                 // columns of the terminal on stdout; 0: lines as they get
  bool log_is_terminal = false;  // `log` is one
};

// Records demonstrations and leaves in the folder, each file whole or not there at all:
//   <task>_demo.hdf5   of each task, see demo_writer.h
//   config.json, manifest.json, episodes.jsonl (all tries), DONE   as `libero eval` does
// An interrupted or killed run is continued by the same command: tries that are logged are not run
// again, and the files are those of a run that was never disturbed, byte by byte.
// Progress goes to `log`, a table of the tasks to `out`. Returns 0; 1 if a task has fewer
// demonstrations than were asked for, or an episode ended in an error; 130 if it was interrupted.
// Throws Error for bad options, before anything is written.
int RunCollectCommand(const CollectOptions& options, std::ostream& out, std::ostream& log);

}  // namespace libero
