#pragma once

#include <string>
#include <string_view>

#include <c10/core/Device.h>

namespace libero {

// The device that a name says: "cpu", "cuda", "cuda:N", or "auto": the first GPU if there is one
// and LibTorch's part for it, else the CPU. Throws Error for other names, for a GPU that is not
// there, and for CUDA where its libraries are missing, saying how to get them. The first call that
// is not for the CPU loads them (seconds); thread-safe.
[[nodiscard]] at::Device ChooseDevice(std::string_view name);

// Why there is no CUDA here, "" if there is: for reports.
[[nodiscard]] std::string WhyNoCuda();

}  // namespace libero
