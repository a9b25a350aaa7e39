#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tasks/suites.h"

namespace libero {

// The five LIBERO suites' names: parameters for tests over all 290 tasks, each of which takes one
// suite and the LIBERO-PRO suites that vary it.
std::vector<std::string> SuiteGroups();

// The tasks of a group, those of equal index side by side because most of them share a scene.
std::vector<Task> SuiteGroupTasks(const std::string& base_suite);

std::string SuiteGroupName(const testing::TestParamInfo<std::string>& param);

}  // namespace libero
