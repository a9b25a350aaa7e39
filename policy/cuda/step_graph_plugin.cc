#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>

#include "policy/nn/step_graph.h"

namespace libero {
namespace {

class CudaGraph : public StepGraph {
 public:
  // Graphs are replayed one after another and what comes of one is copied before the next, so that
  // they may all use the same memory in between.
  explicit CudaGraph(const std::function<void()>& steps) {
    static const at::cuda::MempoolId_t pool = at::cuda::graph_pool_handle();
    at::cuda::getCurrentCUDAStream().synchronize();
    const c10::cuda::CUDAStreamGuard guard(c10::cuda::getStreamFromPool());
    graph_.capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    try {
      steps();
    } catch (...) {
      Abandon();
      throw;
    }
    graph_.capture_end();
  }

  void Replay() override { graph_.replay(); }

 private:
  // A stream must not be left recording; that it fails is no news.
  void Abandon() {
    try {
      graph_.capture_end();
    } catch (const c10::Error&) {
      return;
    }
  }

  at::cuda::CUDAGraph graph_;
};

std::unique_ptr<StepGraph> Record(const std::function<void()>& steps) {
  return std::make_unique<CudaGraph>(steps);
}

}  // namespace
}  // namespace libero

// The side of the plug-in: see policy/nn/step_graph.h.
extern "C" __attribute__((visibility("default"))) const libero::StepGraphFunctions*
LiberoStepGraph() {  // NOLINT(readability-identifier-naming): C
  static constexpr libero::StepGraphFunctions kFunctions = {
      .build = libero::kStepGraphBuild,
      .record = &libero::Record,
  };
  return &kFunctions;
}
