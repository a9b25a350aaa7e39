#include "results/option_checks.h"

#include <fmt/format.h>

#include "sim/base/check.h"
#include "sim/base/index_ranges.h"

namespace libero {

void CheckRange(const std::string& option, int value, int lowest, int highest) {
  if (value >= lowest && value <= highest) return;
  throw Error(fmt::format("{}: expected {} to {}, got {}", option, lowest, highest, value));
}

std::vector<int> ParseIndices(const std::string& option, const std::string& text, int count) {
  try {
    return ParseIndexRanges(text, count);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", option, error.what()));
  }
}

std::vector<Task> ChooseTasks(const Suite& suite, const std::string& text) {
  if (text.empty()) return suite.tasks;
  std::vector<Task> tasks;
  for (const int index : ParseIndices("--tasks", text, static_cast<int>(suite.tasks.size()))) {
    tasks.push_back(suite.tasks[static_cast<size_t>(index)]);
  }
  return tasks;
}

}  // namespace libero
