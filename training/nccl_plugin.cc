#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "training/nccl.h"

namespace libero {
namespace {

c10::intrusive_ptr<c10d::Backend> Make(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                       int size, std::chrono::milliseconds timeout) {
  const auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, options);
}

}  // namespace
}  // namespace libero

// The side of the plug-in: see training/nccl.h.
extern "C" __attribute__((visibility("default"))) const libero::NcclFunctions*
LiberoNccl() {  // NOLINT(readability-identifier-naming): C
  static constexpr libero::NcclFunctions kFunctions = {
      .build = libero::kNcclBuild,
      .make = &libero::Make,
  };
  return &kFunctions;
}
