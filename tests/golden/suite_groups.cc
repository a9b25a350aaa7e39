#include "tests/golden/suite_groups.h"

#include <algorithm>

namespace libero {

std::vector<std::string> SuiteGroups() {
  return {"libero_spatial", "libero_object", "libero_goal", "libero_90", "libero_10"};
}

std::vector<Task> SuiteGroupTasks(const std::string& base_suite) {
  std::vector<Task> tasks;
  for (const Suite& suite : LoadSuites(LIBERO_DEPS_DIR)) {
    if (BaseSuite(suite.name) == base_suite) {
      tasks.insert(tasks.end(), suite.tasks.begin(), suite.tasks.end());
    }
  }
  std::ranges::stable_sort(tasks, {}, &Task::index);
  return tasks;
}

std::string SuiteGroupName(const testing::TestParamInfo<std::string>& param) {
  return param.param;
}

}  // namespace libero
