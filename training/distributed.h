#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include <c10/core/Device.h>

#include "sim/base/process_environment.h"
#include "training/data_parallel.h"

namespace libero {

struct JoinOptions {
  std::chrono::milliseconds join{std::chrono::minutes(5)};       // until all are there
  std::chrono::milliseconds exchange{std::chrono::minutes(30)};  // one exchange of numbers
  std::chrono::milliseconds barrier{std::chrono::hours(24)};     // while rank 0 computes alone
  std::chrono::milliseconds heartbeat{std::chrono::milliseconds(500)};  // between signs of life
};

// The device of this process: as ChooseDevice, but "auto" and "cuda" are the GPU with the number of
// the process on its machine, or the only one, where the launcher shows each process its own.
// Throws Error if there are fewer GPUs than processes.
[[nodiscard]] at::Device ChooseDeviceOf(const ProcessPlace& place, std::string_view name);

// Joins the processes that the launcher started, with PyTorch's c10d: they find each other by a
// TCPStore at `place.address`; numbers go over Gloo, gradients in buckets by the Reducer of
// DistributedDataParallel, over Gloo for parameters on the CPU and over NCCL for those on a GPU.
// `device` is where the parameters are. For a process that is alone: a plain DataParallel. Throws
// Error if the others do not come in time, saying which, if rank 0 cannot be reached or its port is
// taken, or if NCCL is needed and not there. Starts threads.
[[nodiscard]] std::unique_ptr<DataParallel> JoinProcesses(const ProcessPlace& place,
                                                          at::Device device,
                                                          const JoinOptions& options = {});

// Rank 0 does something, then all others do: for files that it makes and they find.
void RankZeroFirst(DataParallel* processes, const std::function<void()>& action);

}  // namespace libero
