#include "tasks/tasks_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/text_table.h"
#include "tasks/bddl/problem.h"
#include "tasks/protocol.h"
#include "tasks/suites.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

// "KITCHEN_SCENE10_close_..." -> "kitchen scene 10"; else the problem class, "tabletop".
std::string SceneName(const Task& task, const Problem& problem) {
  const size_t scene = task.name.find("_SCENE");
  std::string text;
  if (scene != std::string::npos) {
    const size_t number = scene + std::string_view("_SCENE").size();
    const size_t end = task.name.find('_', number);
    text = task.name.substr(0, scene) + " scene " + task.name.substr(number, end - number);
  } else {
    text = problem.name;
    for (const std::string_view part : {"libero_", "_manipulation"}) {
      const size_t at = text.find(part);
      if (at != std::string::npos) text.erase(at, part.size());
    }
  }
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = ' ';
  }
  return text;
}

// "open drawer and bowl_1 on plate_1"
std::string ReadableGoal(const Problem& problem) {
  std::vector<std::string> claims;
  for (const Predicate& predicate : problem.goal) {
    const auto& arguments = predicate.arguments;
    if (arguments.size() == 2) {
      claims.push_back(fmt::format("{} {} {}", arguments[0], predicate.name, arguments[1]));
      continue;
    }
    const std::string_view verb = predicate.name == "turnon"    ? "turn on"
                                  : predicate.name == "turnoff" ? "turn off"
                                  : predicate.name == "up"      ? "lift"
                                                                : std::string_view(predicate.name);
    claims.push_back(fmt::format("{} {}", verb, fmt::join(arguments, " ")));
  }
  return fmt::format("{}", fmt::join(claims, " and "));
}

size_t CountInstances(const std::vector<InstanceGroup>& groups) {
  size_t count = 0;
  for (const InstanceGroup& group : groups) count += group.instances.size();
  return count;
}

Json MaxStepsJson(const Suite& suite) {
  Json result = Json::object();
  for (const Protocol& protocol : Protocols()) {
    result[std::string(protocol.name)] = MaxSteps(protocol, suite.name);
  }
  return result;
}

Json SuiteJson(const Suite& suite) {
  return {{"name", suite.name},
          {"title", suite.title},
          {"base_suite", BaseSuite(suite.name)},
          {"num_tasks", suite.tasks.size()},
          {"max_steps", MaxStepsJson(suite)}};
}

Json GroupsJson(const std::vector<InstanceGroup>& groups) {
  Json result = Json::array();
  for (const InstanceGroup& group : groups) {
    result.push_back({{"category", group.category}, {"instances", group.instances}});
  }
  return result;
}

Json RegionsJson(const std::vector<Region>& regions) {
  Json result = Json::array();
  for (const Region& region : regions) {
    Json ranges = Json::array();
    for (const Rectangle& r : region.ranges) ranges.push_back({r.x_min, r.y_min, r.x_max, r.y_max});
    result.push_back({{"name", region.name},
                      {"target", region.target},
                      {"ranges", ranges},
                      {"yaw_rotation", region.yaw_rotation},
                      {"rgba", region.rgba}});
  }
  return result;
}

Json PredicatesJson(const std::vector<Predicate>& predicates) {
  Json result = Json::array();
  for (const Predicate& predicate : predicates) {
    result.push_back({{"predicate", predicate.name}, {"arguments", predicate.arguments}});
  }
  return result;
}

Json TaskJson(const Task& task, const Problem& problem, const std::filesystem::path& data_root) {
  const auto relative = [&](const std::filesystem::path& path) {
    return path.lexically_relative(data_root).generic_string();
  };
  return {{"index", task.index},
          {"name", task.name},
          {"instruction", task.instruction},
          {"bddl_language", problem.language},
          {"policy_instruction", PolicyInstruction(task, problem)},
          {"problem", problem.name},
          {"workspace", problem.workspace},
          {"scene", SceneName(task, problem)},
          {"bddl_path", relative(task.bddl_path)},
          {"init_states_path", relative(task.init_states_path)},
          {"fixtures", GroupsJson(problem.fixtures)},
          {"objects", GroupsJson(problem.objects)},
          {"objects_of_interest", problem.objects_of_interest},
          {"regions", RegionsJson(problem.regions)},
          {"init", PredicatesJson(problem.init)},
          {"goal", PredicatesJson(problem.goal)}};
}

void PrintSuites(const std::vector<Suite>& suites, int width, std::ostream& out) {
  TextTable table;
  table.columns = {{"suite"}, {"tasks", true}};
  std::vector<std::string_view> protocols;
  for (const Protocol& protocol : Protocols()) {
    protocols.push_back(protocol.name);
    table.columns.push_back({std::string(protocol.name), true});
  }
  table.columns.push_back({"title", false, true});
  table.columns.push_back({"for example", false, true});
  size_t num_tasks = 0;
  for (const Suite& suite : suites) {
    num_tasks += suite.tasks.size();
    std::vector<std::string> row = {suite.name, std::to_string(suite.tasks.size())};
    for (const Protocol& protocol : Protocols()) {
      row.push_back(std::to_string(MaxSteps(protocol, suite.name)));
    }
    row.push_back(suite.title);
    const Task& example = suite.tasks.at(0);
    row.push_back(PolicyInstruction(example, LoadProblem(example.bddl_path)));
    table.rows.push_back(row);
  }
  PrintTable(table, width, out);
  out << fmt::format("\n{} suites, {} tasks; {}: the most steps of an episode by that protocol.\n",
                     suites.size(), num_tasks, fmt::join(protocols, ", "))
      << "libero tasks SUITE lists the tasks of a suite.\n";
}

void PrintTasks(const Suite& suite, const std::vector<Problem>& problems, int width,
                std::ostream& out) {
  std::vector<std::string> limits;
  for (const Protocol& protocol : Protocols()) {
    limits.push_back(fmt::format("{} {}", protocol.name, MaxSteps(protocol, suite.name)));
  }
  TextTable table;
  table.columns = {{"task", true},
                   {"instruction", false, true},
                   {"scene", false, true},
                   {"objects", true},
                   {"goal", false, true}};
  for (const Task& task : suite.tasks) {
    const Problem& problem = problems[static_cast<size_t>(task.index)];
    table.rows.push_back({std::to_string(task.index), PolicyInstruction(task, problem),
                          SceneName(task, problem), std::to_string(CountInstances(problem.objects)),
                          ReadableGoal(problem)});
  }
  out << fmt::format("{} ({}), {} tasks\nmost steps: {}\n\n", suite.title, suite.name,
                     suite.tasks.size(), fmt::join(limits, ", "));
  PrintTable(table, width, out);
}

}  // namespace

int RunTasksCommand(const TasksOptions& options, std::ostream& out) {
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  if (options.suite.empty()) {
    if (!options.json) {
      PrintSuites(suites, options.width, out);
      return 0;
    }
    Json document = {{"suites", Json::array()}};
    for (const Suite& suite : suites) {
      Json entry = SuiteJson(suite);
      for (const Task& task : suite.tasks) entry["tasks"].push_back(task.name);
      document["suites"].push_back(entry);
    }
    out << document.dump(2) << '\n';
    return 0;
  }

  const Suite& suite = FindSuite(suites, options.suite);
  std::vector<Problem> problems;
  for (const Task& task : suite.tasks) problems.push_back(LoadProblem(task.bddl_path));
  if (!options.json) {
    PrintTasks(suite, problems, options.width, out);
    return 0;
  }
  Json document = SuiteJson(suite);
  for (const Task& task : suite.tasks) {
    document["tasks"].push_back(
        TaskJson(task, problems[static_cast<size_t>(task.index)], options.data_root));
  }
  out << document.dump(2) << '\n';
  return 0;
}

}  // namespace libero
