#include "policy/networks.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "sim/base/check.h"
#include "sim/base/paths.h"

namespace libero {
namespace {

const NetworkFunctions* Load() {
  const std::filesystem::path path = ProgramFolder() / "lib" / "libero_networks.so";
  if (!std::filesystem::exists(path)) {
    throw Error(fmt::format("this needs neural networks, and {} is not there", path.string()),
                "run './libero build' in a checkout; exported folders have no networks");
  }
  // never closed: LibTorch cannot be unloaded
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(
        fmt::format("cannot load {}: {}", path.string(),
                    dlerror()),  // NOLINT(concurrency-mt-unsafe): glibc's is per thread
        "'./libero build' fetches LibTorch into .deps/torch; in an exported folder, lib/torch has "
        "to be a link to the folder lib of LibTorch 2.11");
  }
  void* const symbol = dlsym(library, kNetworkEntryName);
  LIBERO_CHECK(symbol != nullptr);
  const NetworkFunctions* const functions = reinterpret_cast<NetworkEntry*>(symbol)();
  if (std::string_view(functions->build) != kNetworkBuild) {
    throw Error(fmt::format("{} is of another build: expected '{}', got '{}'", path.string(),
                            kNetworkBuild, functions->build),
                "run './libero build'");
  }
  return functions;
}

}  // namespace

const NetworkFunctions& Networks() {
  static const NetworkFunctions* const functions = Load();
  return *functions;
}

}  // namespace libero
