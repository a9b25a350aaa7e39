#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/load_policy.h"
#include "sim/renderer_source.h"
#include "tasks/episode.h"
#include "tasks/protocol.h"
#include "tasks/suites.h"

#include <nlohmann/json_fwd.hpp>

namespace libero {

// What to evaluate: the options of `libero eval` that decide its results.
struct EvalRequest {
  std::string suite;  // name or alias
  std::string tasks;  // "0,3-5"; "" for all

  // Which init states: the first so many (50 unless told), or a list. Not both.
  std::optional<int> num_episodes;
  std::string inits;  // "3,7"; "" if not given

  std::string policy;    // see LoadPolicy
  std::string protocol;  // "" for the first of Protocols()
  std::optional<int> max_steps;
  std::optional<int> settle_steps;
  std::optional<int> camera_size;
  std::string instruction = "none";  // controls, see tasks/controls.h
  std::string image = "none";
  RendererOptions renderer;
  std::string mode = "reference";  // see StepMode
  uint32_t seed = 0;
  CheckpointOptions checkpoint;  // if the policy is one
};

// A request that was found to be possible.
struct EvalPlan {
  std::string suite;                  // full name
  std::vector<Task> tasks;            // those to evaluate
  Protocol protocol;                  // with its changes
  std::vector<EpisodeSpec> episodes;  // task by task
  EvalRequest request;

  // Every option that decides results, for config.json.
  [[nodiscard]] nlohmann::ordered_json config() const;
};

// Checks a request and writes out its episodes. By the canonical protocol, a sequential run of the
// Python stack's, the resets are seeded once per task, and the episode with init state k, which is
// its k-th, follows reset k + 1; so it does in any selection of episodes. Reads the tasks' init
// states. Throws Error for whatever is unknown or out of range.
[[nodiscard]] EvalPlan MakeEvalPlan(const EvalRequest& request, const std::vector<Suite>& suites);

// Gives the protocol frames of the size that a checkpoint looks at; others take what it has. Throws
// Error if `camera_size`, of --camera-size, is another.
void FitFrames(const LoadedPolicy& loaded, std::optional<int> camera_size, Protocol& protocol);

}  // namespace libero
