#include "policy/nn/device.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include "sim/base/check.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHint =
    "on a machine with an NVIDIA GPU: LIBERO_CUDA=1 ./libero build fetches what is needed (2.3 GB)";

// The folder of LibTorch's libraries.
fs::path TorchFolder() {
  Dl_info info;
  LIBERO_CHECK(dladdr(reinterpret_cast<const void*>(&at::globalContext), &info) != 0);
  return fs::path(info.dli_fname).parent_path();
}

// Loads LibTorch's CUDA part; returns what went wrong, or "". It registers itself as it is loaded.
std::string LoadCuda() {
  const fs::path torch = TorchFolder();
  // beside the other libraries in a complete installation, in a folder of its own in .deps
  for (const fs::path& folder : {torch, torch.parent_path().parent_path() / "cuda" / "lib"}) {
    const fs::path path = folder / "libtorch_cuda.so";
    if (!fs::exists(path)) continue;
    if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
      return fmt::format("cannot load {}: {}", path.string(),
                         dlerror());  // NOLINT(concurrency-mt-unsafe): glibc's is per thread
    }
    if (!at::detail::getCUDAHooks().hasCUDA()) return "no NVIDIA GPU, or no driver for it";
    return "";
  }
  return "LibTorch's libraries for CUDA are not there";
}

// The number behind "cuda:"; 0 for "cuda". Empty if it is something else.
std::optional<int> CudaIndex(std::string_view name) {
  constexpr std::string_view kCuda = "cuda";
  if (name == kCuda) return 0;
  if (!name.starts_with("cuda:")) return std::nullopt;
  const std::string_view digits = name.substr(kCuda.size() + 1);
  int index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  constexpr int kMaxIndex = 127;  // that LibTorch has names for
  if (error != std::errc() || end != digits.data() + digits.size() || index < 0 ||
      index > kMaxIndex) {
    return std::nullopt;
  }
  return index;
}

}  // namespace

std::string WhyNoCuda() {
  static const std::string reason = LoadCuda();
  return reason;
}

at::Device ChooseDevice(std::string_view name) {
  if (name == "cpu") return at::kCPU;
  const bool is_auto = name == "auto";
  const std::optional<int> index = is_auto ? 0 : CudaIndex(name);
  if (!index) {
    throw Error(fmt::format("expected the device auto, cpu, cuda or cuda:N, got '{}'", name));
  }
  const std::string reason = WhyNoCuda();
  if (!reason.empty()) {
    if (is_auto) return at::kCPU;
    throw Error(fmt::format("no device '{}': {}", name, reason), kHint);
  }
  const auto count = static_cast<uint8_t>(at::detail::getCUDAHooks().deviceCount());
  if (*index >= count) {
    if (is_auto) return at::kCPU;
    throw Error(fmt::format("no device '{}': this machine has {} GPUs", name, count));
  }
  return {at::kCUDA, static_cast<c10::DeviceIndex>(*index)};
}

}  // namespace libero
