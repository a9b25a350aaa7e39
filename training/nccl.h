#pragma once

#include <chrono>

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

// Exchange between GPUs by NCCL: c10d's part for it is in LibTorch's CUDA part, which is loaded on
// demand (see policy/nn/device.h), so what refers to it is in a shared object of its own, which is
// loaded after that.
namespace libero {

// One of `size` processes with a GPU each, which find each other by the store.
using MakeNcclFunction =
    c10::intrusive_ptr<c10d::Backend>(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                      int size, std::chrono::milliseconds timeout);

// The functions of the plug-in.
struct NcclFunctions {
  const char* build;  // kNcclBuild
  MakeNcclFunction* make;
};

inline constexpr const char* kNcclEntryName = "LiberoNccl";
inline constexpr const char* kNcclBuild = "libero nccl 1";

// Loads lib/libero_nccl.so beside the program, at the first call, and makes one process's part of
// the exchange; it fails after `timeout`. Throws Error as LoadPlugin does. LibTorch's CUDA part has
// been loaded.
[[nodiscard]] c10::intrusive_ptr<c10d::Backend> MakeNccl(
    const c10::intrusive_ptr<c10d::Store>& store, int rank, int size,
    std::chrono::milliseconds timeout);

}  // namespace libero
