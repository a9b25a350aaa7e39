#pragma once

#include <string>
#include <vector>

#include "tasks/suites.h"

// What commands about suites ask of their options. All throw Error that starts with the option.
namespace libero {

// Throws unless `value` is in [lowest, highest].
void CheckRange(const std::string& option, int value, int lowest, int highest);

// ParseIndexRanges of the option's text.
[[nodiscard]] std::vector<int> ParseIndices(const std::string& option, const std::string& text,
                                            int count);

// The tasks that --tasks lists, "0,3-5"; all for "".
[[nodiscard]] std::vector<Task> ChooseTasks(const Suite& suite, const std::string& text);

}  // namespace libero
