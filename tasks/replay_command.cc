#include "tasks/replay_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <vector>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/index_ranges.h"
#include "sim/base/text_table.h"
#include "tasks/replay.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

// A demonstration to play; it is read again when its turn comes.
struct PlannedReplay {
  int demo_number = 0;
  ReplayScene scene = ReplayScene::kProtocol;
};

std::vector<int> ChosenDemos(const ReplayOptions& options, const DemoFile& file) {
  if (options.demos.empty()) return file.demo_numbers();
  try {
    return ParseIndexRanges(options.demos, file.demo_numbers().back() + 1);
  } catch (const Error& error) {
    throw Error(fmt::format("--demos: {}", error.what()),
                fmt::format("{} has {}", file.name(), FormatIndexRanges(file.demo_numbers())));
  }
}

std::optional<ReplayScene> ChosenScene(const ReplayOptions& options) {
  return options.scene.empty() ? std::nullopt : std::optional(FindReplayScene(options.scene));
}

// Throws Error if the file could not be written after all the work.
void CheckWritable(const std::filesystem::path& path) {
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  if (std::filesystem::is_directory(path)) {
    throw Error(fmt::format("--json: {} is a folder", path.string()));
  }
  if (!std::filesystem::is_directory(folder)) {
    throw Error(fmt::format("--json: there is no folder {}", folder.string()));
  }
}

// Reads and checks everything that is to be played.
std::vector<PlannedReplay> Plan(const ReplayOptions& options, const DemoFile& file,
                                const Task& task) {
  const std::vector<int> numbers = ChosenDemos(options, file);
  const std::optional<ReplayScene> scene = ChosenScene(options);
  const Problem problem = LoadProblem(task.bddl_path);
  const InitStates init_states = LoadInitStates(task.init_states_path.string());
  std::vector<PlannedReplay> plan;
  for (const int number : numbers) {
    const Demo demo = file.Read(number);
    plan.push_back({number, scene.value_or(DefaultReplayScene(file, demo))});
    CheckReplayable(demo, plan.back().scene, problem, init_states);
  }
  return plan;
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json ToJson(const ReplayResult& result) {
  Json errors = Json::array();
  for (const std::optional<double>& error : result.state_errors) errors.push_back(OrNull(error));
  return {{"name", result.name},
          {"steps", result.steps},
          {"success", result.success},
          {"first_success_step", OrNull(result.first_success_step)},
          {"state_errors", errors},
          {"max_state_error", OrNull(result.max_state_error)},
          {"success_flags", result.success_flags},
          {"success_flags_equal", OrNull(result.success_flags_equal)}};
}

std::string ErrorText(const std::optional<double>& error) {
  return error ? fmt::format("{:.2g}", *error) : "-";
}

void PrintResults(const std::vector<ReplayResult>& results, const std::vector<PlannedReplay>& plan,
                  int width, std::ostream& out) {
  TextTable table{{{"demo"},
                   {"scene"},
                   {"steps", true},
                   {"solved after", true},
                   {"first state error", true},
                   {"largest", true},
                   {"success flags"}},
                  {}};
  for (size_t i = 0; i < results.size(); ++i) {
    const ReplayResult& result = results[i];
    const auto& step = result.first_success_step;
    const auto& equal = result.success_flags_equal;
    table.rows.push_back({result.name, std::string(ReplaySceneName(plan[i].scene)),
                          std::to_string(result.steps), step ? std::to_string(*step + 1) : "-",
                          ErrorText(result.state_errors.front()), ErrorText(result.max_state_error),
                          !equal   ? "-"
                          : *equal ? "equal"
                                   : "differ"});
  }
  PrintTable(table, width, out);
}

// "2 demonstrations of libero_goal 0 (...), seed 0: 1 solved, ..."
std::string Summary(const std::vector<ReplayResult>& results, const Task& task,
                    const DemoFile& file) {
  std::optional<double> largest;
  for (const ReplayResult& result : results) largest = std::max(largest, result.max_state_error);
  const auto num_flags = [&](std::optional<bool> equal) {
    return std::ranges::count(results, equal, &ReplayResult::success_flags_equal);
  };
  return fmt::format(
      "{} demonstration{} of {} {} ({}), seed {}: {} solved; largest state error {}; success flags "
      "equal in {} of {}",
      results.size(), results.size() == 1 ? "" : "s", task.suite, task.index, task.name,
      file.seed().value_or(0), std::ranges::count(results, true, &ReplayResult::success),
      ErrorText(largest), num_flags(true), num_flags(true) + num_flags(false));
}

}  // namespace

int RunReplayCommand(const ReplayOptions& options, std::ostream& out) {
  const DemoFile file(options.file);
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const Task& task = FindDemoTask(file, suites);
  if (!options.json.empty()) CheckWritable(options.json);
  const std::vector<PlannedReplay> plan = Plan(options, file, task);

  SceneStore store(options.data_root, options.cache_folder);
  const TaskSetup setup = LoadTaskSetup(task, store);
  Env env(setup,
          {.seed = file.seed().value_or(0), .mode = file.mode(), .controller = file.controller()});
  std::vector<ReplayResult> results;
  results.reserve(plan.size());
  for (const auto& [number, scene] : plan) {
    results.push_back(Replay(env, file.Read(number), scene));
  }

  if (!options.json.empty()) {
    Json document = {{"demos", Json::array()}};
    for (const ReplayResult& result : results) document["demos"].push_back(ToJson(result));
    WriteFileAtomically(options.json, {document.dump(), "\n"},
                        "check that the folder can be written to and has space");
  }
  PrintResults(results, plan, options.width, out);
  out << "\n" << Summary(results, task, file) << "\n";
  return 0;
}

}  // namespace libero
