#include "sim/base/paths.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "sim/base/check.h"

namespace libero {
namespace {

// The value of an environment variable; none if unset or empty.
std::optional<std::filesystem::path> Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets variables
  if (value == nullptr || std::string_view(value).empty()) return std::nullopt;
  return value;
}

}  // namespace

std::filesystem::path ProgramFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

std::filesystem::path FindDataRoot() {
  if (const auto data = Variable("LIBERO_DATA")) {
    if (!std::filesystem::is_directory(*data)) {
      throw Error(fmt::format("LIBERO_DATA: expected a folder, got {}", data->string()));
    }
    return *data;
  }
  const std::filesystem::path program = ProgramFolder();
  for (const auto& folder : {program / "data", program.parent_path() / ".deps"}) {
    if (std::filesystem::is_directory(folder / "assets")) return folder;
  }
  throw Error(fmt::format("no benchmark data at {} or {}", (program / "data").string(),
                          (program.parent_path() / ".deps").string()),
              "run './libero build' in the checkout, or set LIBERO_DATA to a folder that has it");
}

std::optional<std::filesystem::path> SceneCacheFolder() {
  if (const auto folder = Variable("LIBERO_CACHE")) return *folder / "scenes";
  if (const auto folder = Variable("XDG_CACHE_HOME")) return *folder / "libero-native" / "scenes";
  if (const auto folder = Variable("HOME")) return *folder / ".cache" / "libero-native" / "scenes";
  return std::nullopt;
}

}  // namespace libero
