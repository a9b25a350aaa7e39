// Every scene against the Python stack's: each array of the compiled model, for all 290 tasks.

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "sim/model.h"
#include "sim/scene.h"
#include "tasks/suites.h"
#include "tasks/workspace.h"
#include "tests/golden/fingerprint.h"
#include "tests/golden/suite_groups.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::json;

const std::filesystem::path kDataRoot = LIBERO_DEPS_DIR;

// Fields that hold or depend on the paths of asset files.
const std::set<std::string> kPathFields = {
    "paths", "npaths", "nbuffer", "mesh_pathadr", "tex_pathadr", "hfield_pathadr", "skin_pathadr"};

class SceneGoldenTest : public testing::TestWithParam<std::string> {
 protected:
  static const Json& Golden() {
    static const Json golden = Json::parse(std::ifstream(LIBERO_GOLDEN_DIR "/scenes.json"));
    return golden;
  }

  static Json Recorded(int model) {
    Json fields = Golden()["first"];
    fields.update(Golden()["models"][static_cast<size_t>(model)]);
    return fields;
  }

  static bool SameArithmetic() { return ThisMachine() == RecordingMachine(Golden()); }
};

// The first field in which the model differs from the recorded one, or "". Fields that differ by
// rounding, which only another arithmetic than the recorded one may, are added to `rounded`.
std::string FirstDifference(const mjModel& model, const Json& recorded, bool same_arithmetic,
                            std::set<std::string>& rounded) {
  for (const auto& [name, number] : ModelNumbers(model)) {
    if (kPathFields.contains(name)) continue;
    if (!recorded.contains(name)) return name + ": not recorded";
    if (const auto expected = recorded[name].get<double>(); number != expected) {
      return fmt::format("{}: expected {}, got {}", name, expected, number);
    }
  }
  for (const auto& [name, actual] : ModelFingerprints(model)) {
    if (kPathFields.contains(name)) continue;
    if (!recorded.contains(name)) return name + ": not recorded";
    const Json& field = recorded[name];
    if (actual.num_values != field[0].get<size_t>()) {
      return fmt::format("{}: expected {} values, got {}", name, field[0].get<size_t>(),
                         actual.num_values);
    }
    const double sum = field.size() > 2 && field[2].is_number() ? field[2].get<double>() : 0;
    const Match match = Compare(actual, field[1].get<std::string>(), sum, same_arithmetic);
    if (match == Match::kDifferent) return name + ": values differ";
    if (match == Match::kRounding) rounded.insert(name);
  }
  return "";
}

TEST_P(SceneGoldenTest, EveryModelArrayEqualsThePythonStacks) {
  std::map<std::string, int> compiled;  // MJCF text → recorded model
  std::set<std::string> rounded;
  for (const Task& task : SuiteGroupTasks(GetParam())) {
    const Json& entry = Golden()["tasks"][task.suite][static_cast<size_t>(task.index)];
    ASSERT_EQ(task.name, entry[0].get<std::string>());
    const int model_index = entry[1].get<int>();
    const SceneMjcf scene = ComposeScene(kDataRoot, MakeSceneSpec(LoadProblem(task.bddl_path)));
    const auto [known, is_new] = compiled.emplace(scene.text, model_index);
    ASSERT_EQ(known->second, model_index) << task.name << ": equal scenes, other model";
    if (!is_new) continue;
    const MjModelPtr model = CompileModel(kDataRoot, scene);
    EXPECT_EQ(FirstDifference(*model, Recorded(model_index), SameArithmetic(), rounded), "")
        << task.suite << " " << task.index << " (" << task.name << ")";
  }
  if (!rounded.empty()) {
    std::string names;
    for (const std::string& name : rounded) names += " " + name;
    RecordProperty("rounded", names);
    std::cout << "on this CPU and C library, rounding (at most 2 ulp) differs in:" << names << "\n";
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, SceneGoldenTest, testing::ValuesIn(SuiteGroups()), SuiteGroupName);

}  // namespace
}  // namespace libero
