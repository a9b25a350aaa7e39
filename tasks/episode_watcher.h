#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/observation.h"
#include "tasks/episode.h"

namespace libero {

class Env;

// The action of a step: what the policy chose, and what was done, which differs by action noise.
struct StepActions {
  Action chosen{};
  Action taken{};
};

// Looks on at the episodes of one slot, one after another, to record them. All functions but
// EndEpisode are called in worker threads, one at a time; what they throw is an error of the
// episode, which then begins again or ends without success.
class EpisodeWatcher {
 public:
  virtual ~EpisodeWatcher() = default;

  // The pictures it wants of every instant, beside those of the policy; asked once.
  [[nodiscard]] virtual std::vector<FrameSpec> frames() const { return {}; }

  // Whether it wants pictures of this episode; asked before it begins.
  [[nodiscard]] virtual bool WantsFrames(const EpisodeSpec& /*episode*/) const { return true; }

  // The environment was reset and has its init state; the settle steps come next. An episode that
  // was not ended begins again.
  virtual void BeginEpisode(const EpisodeSpec& episode, const Env& env) = 0;

  // The settle steps are over. `frames` are drawn of this instant, if it wants them; else empty.
  virtual void Start(const Env& env, std::span<const Image> frames) = 0;

  // An action has been taken. `frames` as in Start().
  virtual void AfterStep(const StepActions& actions, const Env& env,
                         std::span<const Image> frames) = 0;

  // Called by the rollout's caller's thread before the result is reported. What it throws stops the
  // rollout.
  virtual void EndEpisode(const EpisodeResult& result) = 0;
};

// Makes a watcher for a slot.
using EpisodeWatcherFactory = std::function<std::unique_ptr<EpisodeWatcher>()>;

}  // namespace libero
