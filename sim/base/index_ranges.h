#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace libero {

// The indices that a list of numbers and closed ranges names, as options take them: "0,3-5" is 0,
// 3, 4 and 5. Sorted, each once; blanks are ignored. Throws Error that quotes the offending part if
// one is empty, no number or range, runs backwards, or is not below `count`.
[[nodiscard]] std::vector<int> ParseIndexRanges(std::string_view text, int count);

// The inverse: "0,3-5" for {0, 3, 4, 5}, "0,1" for two in a row; "none" for none. `indices` must be
// sorted, each once.
[[nodiscard]] std::string FormatIndexRanges(std::span<const int> indices);

}  // namespace libero
