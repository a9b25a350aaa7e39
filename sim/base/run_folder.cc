#include "sim/base/run_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

#include "sim/base/json_differences.h"
#include "sim/base/atomic_file.h"
#include "sim/base/check.h"

namespace libero {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

Json ReadJson(const fs::path& path) {
  std::ifstream file(path);
  try {
    return Json::parse(file);
  } catch (const Json::parse_error& error) {
    throw Error(fmt::format("{}: {}", path.string(), error.what()),
                "remove the folder to start over");
  }
}

void CheckSameConfig(const fs::path& path, Json old_config, Json new_config,
                     const std::vector<std::string>& may_differ) {
  for (const std::string& field : may_differ) {
    old_config.erase(field);
    new_config.erase(field);
  }
  const std::vector<std::string> differences = JsonDifferences(old_config, new_config);
  if (differences.empty()) return;
  throw Error(fmt::format("{} was made with other options: {}", path.string(),
                          fmt::join(differences, "; ")),
              "give another --out, or the same options to continue");
}

}  // namespace

RunFolder::RunFolder(fs::path path, const Json& config, const std::vector<std::string>& may_differ)
    : path_(std::move(path)) {
  std::error_code error;
  if (fs::exists(file("config.json"), error)) {
    CheckSameConfig(path_, ReadJson(file("config.json")), config, may_differ);
  } else if (fs::exists(path_, error) && !fs::is_directory(path_, error)) {
    throw Error(fmt::format("{} is not a folder", path_.string()));
  } else if (fs::exists(path_, error) && !fs::is_empty(path_, error)) {
    throw Error(fmt::format("{} holds something else than a run", path_.string()),
                "give a folder that is empty or not there yet");
  }
  fs::create_directories(path_, error);
  if (error || access(path_.c_str(), W_OK) != 0) {
    throw Error(fmt::format("{}: the folder cannot be written{}", path_.string(),
                            error ? ": " + error.message() : ""),
                "give an --out folder that you may write to");
  }
  if (!fs::exists(file("config.json"))) Write("config.json", config.dump(2) + "\n");
}

bool RunFolder::is_done() const {
  return fs::exists(file("DONE"));
}

Json RunFolder::ReadManifest() const {
  return fs::exists(file("manifest.json")) ? ReadJson(file("manifest.json")) : Json::object();
}

void RunFolder::WriteManifest(const Json& manifest) const {
  Write("manifest.json", manifest.dump(2) + "\n");
}

void RunFolder::WriteStop(const Json& decision) const {
  Write("stop.json", decision.dump(2) + "\n");
}

void RunFolder::WriteDone(const std::string& summary) const {
  Write("DONE", summary + "\n");
}

void RunFolder::Write(const std::string& name, const std::string& text) const {
  WriteFileAtomically(file(name), {text}, "check that the disk has space");
}

}  // namespace libero
