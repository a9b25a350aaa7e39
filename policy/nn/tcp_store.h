#pragma once

#include <chrono>
#include <exception>
#include <string>

#include <torch/csrc/distributed/c10d/Store.hpp>

#include "sim/base/process_environment.h"

namespace libero {

using StorePtr = c10::intrusive_ptr<c10d::Store>;

// What went wrong, without LibTorch's stack.
[[nodiscard]] std::string Reason(const std::exception& error);

// The store by which processes find each other; rank 0 keeps it unless the launcher does. Throws
// Error if its port is taken, or there is none within this time.
[[nodiscard]] StorePtr OpenTcpStore(const ProcessPlace& place, std::chrono::milliseconds timeout);

}  // namespace libero
