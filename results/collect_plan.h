#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "policy/load_policy.h"
#include "sim/control_loop.h"
#include "sim/renderer_source.h"
#include "tasks/action_noise.h"
#include "tasks/demo_recorder.h"
#include "tasks/episode.h"
#include "tasks/protocol.h"
#include "tasks/suites.h"

#include <nlohmann/json_fwd.hpp>

namespace libero {

// What to collect: the options of `libero collect` that decide its files.
struct CollectRequest {
  std::string suite;                              // name or alias
  std::string tasks;                              // "0,3-5"; "" for all
  int num_demos = 50;                             // of each task
  std::string cameras = "agentview,eye_in_hand";  // see ParseCameras
  int size = 128;                                 // of pictures, pixels both ways
  std::string policy = "expert";                  // see LoadPolicy
  std::optional<double> noise;                    // deviation; without: the expert's 0.05, else 0
  double push = 0;                                // see ActionNoise
  double drop = 0;                                // likewise
  std::string init = "sampled";                   // or "eval"
  std::string observations = "after_action";      // see ObservationTime
  std::string protocol;                           // "" for the first of Protocols()
  std::optional<int> max_steps;
  RendererOptions renderer;
  std::string mode = "reference";  // see StepMode
  uint32_t seed = 0;               // of the resets, and of policies that draw random numbers
  CheckpointOptions checkpoint;    // if the policy is one
};

// A request that was found to be possible.
//
// A task's demonstrations come from tries 0, 1, ...: the first so many that succeed, in this order.
// So they do not depend on how many run at a time. Try k begins in
// * "sampled": what reset 51 + k leaves, as if it were a published init state. Evaluations use
//   the published ones after resets 1 to 50, so that training sees no scene of a test.
// * "eval": published init state k after reset k + 1, as evaluations do.
struct CollectPlan {
  std::string suite;        // full name
  std::vector<Task> tasks;  // those to collect
  Protocol protocol;
  StepMode mode = StepMode::kReference;
  ObservationTime observations = ObservationTime::kAfterAction;
  std::vector<RecordedCamera> cameras;
  ActionNoise noise;
  CollectRequest request;

  [[nodiscard]] EpisodeSpec Try(const Task& task, int number) const;

  // Tries after which a task is given up: what there is then is all.
  [[nodiscard]] int MaxTries(const Task& task) const;

  // Every option that decides the files, for config.json.
  [[nodiscard]] nlohmann::ordered_json config() const;
};

// Checks a request. Reads the MJCF files of the scenes for the names of their cameras. Throws Error
// for whatever is unknown or out of range.
[[nodiscard]] CollectPlan MakeCollectPlan(const CollectRequest& request,
                                          const std::vector<Suite>& suites,
                                          const std::filesystem::path& data_root);

}  // namespace libero
