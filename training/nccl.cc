#include "training/nccl.h"

#include <fmt/format.h>

#include <filesystem>

#include "sim/base/check.h"
#include "sim/base/paths.h"
#include "sim/base/plugin.h"

namespace libero {
namespace {

const NcclFunctions* Load() {
  constexpr const char* kName = "libero_nccl";
  const std::filesystem::path path = ProgramFolder() / "lib" / fmt::format("{}.so", kName);
  if (!std::filesystem::exists(path)) {
    throw Error(fmt::format("training on several GPUs needs {}, which is not there", path.string()),
                "'./libero build' in a checkout makes it");
  }
  return LoadPluginFunctions<NcclFunctions>(NetworkPlugin(kName), kNcclEntryName, kNcclBuild);
}

}  // namespace

c10::intrusive_ptr<c10d::Backend> MakeNccl(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                           int size, std::chrono::milliseconds timeout) {
  static const NcclFunctions* const functions = Load();
  return functions->make(store, rank, size, timeout);
}

}  // namespace libero
