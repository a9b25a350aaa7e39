// Compares the parser with the Python stack's on all 290 tasks; see tests/golden/bddl_problems.py.
#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tasks/bddl/problem.h"
#include "tasks/suites.h"

namespace libero {
namespace {

std::string Fnv1a(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::ostringstream out;
  out << std::hex << std::setfill('0') << std::setw(16) << hash;
  return out.str();
}

void Append(std::ostream& out, double value) {
  out << ' ' << std::hex << std::setfill('0') << std::setw(16) << std::bit_cast<uint64_t>(value);
}

void AppendGroups(std::ostream& out, const char* kind, const std::vector<InstanceGroup>& groups) {
  for (const InstanceGroup& group : groups) {
    out << kind << ' ' << group.category;
    for (const std::string& instance : group.instances) out << ' ' << instance;
    out << '\n';
  }
}

void AppendPredicates(std::ostream& out, const char* kind,
                      const std::vector<Predicate>& predicates) {
  for (const Predicate& predicate : predicates) {
    out << kind << ' ' << predicate.name;
    for (const std::string& argument : predicate.arguments) out << ' ' << argument;
    out << '\n';
  }
}

std::string CanonicalText(const Problem& problem) {
  std::ostringstream out;
  out << "problem " << problem.name << "\nlanguage " << problem.language << '\n';
  AppendGroups(out, "fixtures", problem.fixtures);
  AppendGroups(out, "objects", problem.objects);
  for (const std::string& name : problem.objects_of_interest) out << "interest " << name << '\n';
  for (const Region& region : problem.regions) {
    out << "region " << region.name << ' ' << region.target << "\nranges";
    for (const Rectangle& r : region.ranges) {
      for (const double value : {r.x_min, r.y_min, r.x_max, r.y_max}) Append(out, value);
    }
    out << "\nyaw";
    for (const double value : region.yaw_rotation) Append(out, value);
    out << "\nrgba";
    for (const double value : region.rgba) Append(out, value);
    out << '\n';
  }
  AppendPredicates(out, "init", problem.init);
  AppendPredicates(out, "goal", problem.goal);
  return out.str();
}

std::string GoldenLine(const Task& task) {
  return task.suite + ' ' + std::to_string(task.index) + ' ' +
         Fnv1a(task.name + "\n" + task.instruction + "\n") + ' ' +
         Fnv1a(CanonicalText(LoadProblem(task.bddl_path)));
}

TEST(ProblemGoldenTest, EqualsThePythonStackOnAllTasks) {
  std::vector<std::string> expected;
  std::ifstream golden(std::filesystem::path(LIBERO_GOLDEN_DIR) / "bddl_problems.txt");
  for (std::string line; std::getline(golden, line);) expected.push_back(line);

  std::vector<std::string> got;
  for (const Suite& suite : LoadSuites(LIBERO_DEPS_DIR)) {
    for (const Task& task : suite.tasks) got.push_back(GoldenLine(task));
  }
  EXPECT_EQ(got.size(), 290u);
  EXPECT_EQ(got, expected);
}

}  // namespace
}  // namespace libero
