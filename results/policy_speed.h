#pragma once

#include <cstdint>
#include <vector>

#include "policy/action_model.h"
#include "results/speed.h"

namespace libero {

struct PolicySpeedOptions {
  std::vector<int> batches = {1, 2, 4, 8};  // queries at a time
  int prompt_length = 40;                   // tokens of a prompt, as LIBERO's are with a history
  int num_threads = 1;                      // that bring frames to the network's form
  double seconds = 5;                       // for each batch size
};

// How fast queries of one batch size are answered.
struct BatchSpeed {
  int batch = 0;
  int num_repeats = 0;
  Figure latency_ms;     // from the frames to the plans of the whole batch
  Figure queries_per_s;  // batch / latency
  StageTimes stage_s;    // means; measured apart, as it takes waits for a GPU
};

struct PolicySpeedReport {
  std::vector<BatchSpeed> batches;
  int64_t resident_bytes = 0;  // of the process at most, weights included
  int64_t gpu_bytes = 0;       // of the GPU at most; 0 on a CPU
};

// Measures how fast a model answers greedily, frame by frame from pictures made for it. Each batch
// size is warmed up, then repeated for the seconds, three times at least. Throws Error for options
// that make no sense.
[[nodiscard]] PolicySpeedReport MeasurePolicySpeed(ActionModel& model,
                                                   const PolicySpeedOptions& options);

}  // namespace libero
