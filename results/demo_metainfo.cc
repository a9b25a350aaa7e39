#include "results/demo_metainfo.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

// An empty object if there is no file.
Json ReadNotes(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return Json::object();
  std::ifstream file(path);
  Json notes = Json::parse(file, nullptr, false);
  const bool is_fit = notes.is_object() &&
                      std::ranges::all_of(notes, [](const Json& task) { return task.is_object(); });
  if (is_fit) return notes;
  throw Error(fmt::format("{}: expected a JSON object of tasks with their demonstrations, got {}",
                          path.string(), notes.is_discarded() ? "no JSON" : "something else"),
              "remove the file, and run the command again in an empty folder");
}

}  // namespace

void DemoMetainfo::Note(const Task& task, const std::string& sentence, int demo_number,
                        bool success, std::span<const double> state) {
  std::string key = sentence;
  std::ranges::replace(key, ' ', '_');
  suites_[task.suite][key][fmt::format("demo_{}", demo_number)] = {
      {"success", success}, {"initial_state", std::vector(state.begin(), state.end())}};
}

void DemoMetainfo::Write() {
  for (const auto& [suite, tasks] : suites_) {
    const std::filesystem::path path = folder_ / (suite + "_metainfo.json");
    Json notes = ReadNotes(path);
    for (const auto& [task, demos] : tasks.items()) notes[task].update(demos);
    WriteFileAtomically(path, {notes.dump(2), "\n"}, "give another folder with --out");
  }
  suites_.clear();
}

}  // namespace libero
