#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "tasks/action_noise.h"
#include "tasks/env.h"
#include "tasks/episode.h"
#include "tasks/episode_watcher.h"
#include "tasks/policy.h"
#include "tasks/protocol.h"
#include "tasks/renderer_pool.h"

// The loop that runs episodes; there is no other.
namespace libero {

// Where a rollout stands.
struct RolloutStatus {
  int num_finished = 0;  // episodes whose result has been reported
  int num_running = 0;
  int64_t num_steps = 0;             // actions taken, in all episodes
  int64_t num_frames = 0;            // pictures drawn
  std::string renderer_description;  // "" until the first picture
};

struct RolloutOptions {
  int num_slots = 1;    // environments, ≥ 1
  int num_threads = 1;  // that step and draw, beside the caller's, ≥ 1
  Protocol protocol;
  EnvOptions env;                      // its seed is not used: an episode brings its own
  ActionNoise noise;                   // on the policy's actions
  EpisodeWatcherFactory make_watcher;  // of each slot; may be empty
  RendererFactory make_renderer;       // needed if the policy or the watchers look at frames
  int max_renderers = 0;               // that are there at a time; 0: as many as threads

  // Asked before an episode begins, by the caller's thread: whether to run it, or leave it to
  // somebody else, unreported. May be empty: all are run.
  std::function<bool(const EpisodeSpec&)> claim;

  std::stop_token finish;              // when requested, no further episode begins
  std::stop_token stop;                // when requested, running episodes end as cancelled

  // Called where the status may have changed, by the caller's thread; may be empty.
  std::function<void(const RolloutStatus&)> on_status;
};

// Takes the result of an episode; called by the caller's thread as they end. What it throws stops
// the rollout and is passed on.
using EpisodeCallback = std::function<void(const EpisodeResult&)>;

// Runs episodes in parallel slots, each of which takes the next of the list when its last one has
// ended. Results depend on episode, policy and protocol alone: not on the numbers of slots and
// threads, nor on the list's order.
//
// The caller's thread talks to the policy, worker threads step and draw. Policy::Act is called for
// the slots that are ready once these are at least half of those running, or a worker has nothing
// to do: so a slow policy computes for one half while the other half moves. Frames are drawn only
// where the policy asks for them.
//
// What goes wrong in an episode (an action that is not finite, an init state that is not there, a
// task that cannot be loaded, a renderer that fails, an exception of the policy) is no end: the
// episode is run once more from its beginning, in a new environment, and if that fails too, it is
// reported with `error` set; the others go on. If Act throws for several slots, it is called again
// for each of them alone, so that only the one that is to blame has an error.
//
// Tasks are loaded when their first episode begins and dropped after their last; the scene of the
// task that ended last is held until the next task ends, because the next one often shares it.
//
// Throws Error before the first episode if options are out of range or frames cannot be drawn.
// Cancelled episodes are reported; those that have not begun are not.
RolloutStatus RunEpisodes(std::span<const EpisodeSpec> episodes, const std::vector<Suite>& suites,
                          SceneStore& store, Policy& policy, const RolloutOptions& options,
                          const EpisodeCallback& on_end);

}  // namespace libero
