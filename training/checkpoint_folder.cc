#include "training/checkpoint_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;

// Whether a folder is that of a training, by its config.json: checkpoints have another.
bool IsRun(const fs::path& path) {
  std::ifstream file(path / "config.json");
  const auto config = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  return config.is_object() && config.contains("recipe");
}

}  // namespace

fs::path ResolveCheckpoint(const fs::path& path) {
  const bool is_run = IsRun(path);
  if (is_run && !fs::exists(path / "DONE")) {
    throw Error(fmt::format("{}: this training is not done", path.string()),
                "run its command again: it goes on where it stopped");
  }
  const fs::path folder = is_run ? path / "checkpoint" : path;
  if (fs::exists(folder / "config.json")) return folder;
  throw Error(fmt::format("{} is no checkpoint folder: it has no config.json", path.string()),
              "give the --out folder of an earlier stage, or a converted model");
}

void CopyParts(const fs::path& from, const fs::path& to, const std::vector<std::string>& replaced) {
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    const bool is_replaced = std::ranges::any_of(
        replaced, [&](const std::string& prefix) { return name.starts_with(prefix); });
    if (is_replaced || !entry.is_regular_file()) continue;
    std::error_code error;
    fs::remove(to / name, error);
    fs::create_hard_link(entry.path(), to / name, error);
    if (error) fs::copy_file(entry.path(), to / name);
  }
}

}  // namespace libero
