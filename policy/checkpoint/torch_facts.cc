#include "policy/checkpoint/torch_facts.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/headeronly/version.h>

#include "policy/nn/device.h"
#include "sim/base/check.h"

namespace libero {

TorchFacts FindTorchFacts() {
  Dl_info library;
  LIBERO_CHECK(dladdr(reinterpret_cast<const void*>(&at::globalContext), &library) != 0);
  TorchFacts facts = {
      .version =
          fmt::format("{}.{}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH),
      .folder = std::filesystem::path(library.dli_fname).parent_path(),
      .kernels = at::get_cpu_capability(),
      .num_threads = at::get_num_threads(),
      .no_cuda = WhyNoCuda(),
  };
  if (facts.no_cuda.empty()) facts.num_gpus = at::detail::getCUDAHooks().deviceCount();
  return facts;
}

}  // namespace libero
