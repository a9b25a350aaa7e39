#pragma once

#include <functional>
#include <memory>

#include <c10/core/Device.h>

namespace libero {

// Operations on a GPU that have been recorded and are launched as a whole, where one after another
// each launch costs more time than its work: a CUDA graph.
class StepGraph {
 public:
  virtual ~StepGraph() = default;

  // Queues all of them once more, on the same memory.
  virtual void Replay() = 0;
};

// Records what a function queues, instead of doing it. The function has been run before, so that
// libraries are ready; it must neither wait for the GPU nor use memory that goes before the graph
// does. Throws c10::Error if that cannot be recorded.
using StepRecorder = std::function<std::unique_ptr<StepGraph>(const std::function<void()>& steps)>;

// How steps on a device are recorded; empty if they are not: on a CPU, and in a build without
// CUDA's headers.
[[nodiscard]] StepRecorder StepRecorderFor(at::Device device);

// What refers to LibTorch's CUDA part is in a shared object of its own, as for NCCL (see
// training/nccl.h): its functions.
struct StepGraphFunctions {
  const char* build;  // kStepGraphBuild
  std::unique_ptr<StepGraph> (*record)(const std::function<void()>& steps);
};

inline constexpr const char* kStepGraphEntryName = "LiberoStepGraph";
inline constexpr const char* kStepGraphBuild = "libero step graph 1";

}  // namespace libero
