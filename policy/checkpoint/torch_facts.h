#pragma once

#include <string>
#include <vector>

// What LibTorch says of itself. No LibTorch is needed for the declarations, see policy/networks.h.
namespace libero {

struct TorchFacts {
  std::string version;  // e.g. "2.11.0"
  std::string folder;   // of its libraries
  std::string kernels;  // instructions that its kernels use here, e.g. "AVX2"
  int num_threads = 1;  // that it would compute with on the CPU
  std::string no_cuda;  // why it computes on no GPU; "" if it does
  int num_gpus = 0;
};

// Loads the part for GPUs, if it is there.
[[nodiscard]] TorchFacts FindTorchFacts();

}  // namespace libero
