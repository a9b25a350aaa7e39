#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "results/eval_plan.h"
#include "results/provenance.h"
#include "results/recording_options.h"
#include "results/stop_rule.h"
#include "sim/base/process_environment.h"

namespace libero {

// The options of `libero eval`.
struct EvalOptions {
  EvalRequest request;
  StopRequest stop;   // when to end before the last episode
  std::string shard;  // "2/4": only this part of the episodes, see Shard; "": all
  RecordingOptions recording;

  // Which of several processes this one is that run one evaluation together; not if it is a shard.
  ProcessPlace place;

  std::optional<int> num_envs;     // without: two per thread, so that some move while others wait
  std::optional<int> num_threads;  // without: one per core
  std::filesystem::path out;       // folder, new, empty or of an interrupted run

  // Called once when the run is about to begin and its folder is there; may be empty.
  std::function<void(const std::filesystem::path& folder)> on_begin;

  // where things are
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
  ProgramInfo program;

  // output
  int width = 0;                 // columns of the terminal on stdout; 0: lines as they get
  bool log_is_terminal = false;  // `log` is one
};

// Runs the episodes that the folder does not have yet, those with errors again, and leaves there:
//   config.json     every option
//   manifest.json   protocol, init-state hashes, and program and machine of each call
//   episodes.jsonl  a line per episode, see ToJsonLine
//   videos, actions as options.recording says
//   stop.json       what the stop rule found, once it has decided
//   DONE            when every episode has come to an end, or the stop rule has decided
// and while it runs, if somebody looks on, what tasks/live_slots.h says.
// Progress goes to `log`, the table of results to `out`. Ctrl-C lets running episodes finish, a
// second one does not. Returns 0; 1 if an episode ended in an error; 130 if it was interrupted
// before the last. Throws Error for bad options, before anything is written.
//
// Where a launcher started several processes, rank 0 hands out the episodes and writes the folder,
// and the others run what they claim and print nothing; see WorkQueue. The folder is the one that a
// single process would have left, but for times and the order of lines. Videos and actions are
// written by the process that ran the episode.
int RunEvalCommand(const EvalOptions& options, std::ostream& out, std::ostream& log);

}  // namespace libero
