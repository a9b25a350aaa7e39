#include "sim/base/plugin.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "sim/base/check.h"
#include "sim/base/paths.h"

namespace libero {
namespace {

constexpr const char* kNetworks = "neural networks";

std::filesystem::path PathOf(const std::string& name) {
  return ProgramFolder() / "lib" / (name + ".so");
}

}  // namespace

void* LoadPlugin(const Plugin& plugin, const char* entry) {
  const std::filesystem::path path = PathOf(plugin.name);
  if (!std::filesystem::exists(path)) {
    throw Error(fmt::format("this needs {}, and {} is not there", plugin.purpose, path.string()),
                fmt::format("run './libero build' in a checkout; exported folders have no {}",
                            plugin.purpose == kNetworks ? "networks" : plugin.purpose));
  }
  // never closed: LibTorch cannot be unloaded
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(fmt::format("cannot load {}: {}", path.string(),
                            dlerror()),  // NOLINT(concurrency-mt-unsafe): glibc's is per thread
                plugin.hint);
  }
  void* const symbol = dlsym(library, entry);
  LIBERO_CHECK(symbol != nullptr);
  return symbol;
}

Plugin NetworkPlugin(const std::string& name) {
  return {.name = name,
          .purpose = kNetworks,
          .hint =
              "'./libero build' fetches LibTorch into .deps/torch; in an exported folder, "
              "lib/torch has to be a link to the folder lib of LibTorch 2.11"};
}

void CheckPluginBuild(const std::string& name, const char* expected, const char* got) {
  if (std::string_view(expected) == got) return;
  throw Error(fmt::format("{} is of another build: expected '{}', got '{}'", PathOf(name).string(),
                          expected, got),
              "run './libero build'");
}

}  // namespace libero
