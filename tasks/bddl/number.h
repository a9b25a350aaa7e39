#pragma once

#include <optional>
#include <string_view>

namespace libero {

// Numbers as the Python stack reads them from BDDL files, bit for bit.

// A decimal literal, as Python's float() rounds it; nothing for anything else. Only finite values.
// differs: no "inf", "nan", or '_' between digits, which Python takes.
[[nodiscard]] std::optional<double> ParseNumber(std::string_view text);

// A literal, `pi` or `np.pi`, or a sum or product of those without spaces or parentheses, such as
// "-pi/2" (the Python stack runs eval() on each word of :yaw_rotation). Finite values only.
// differs: whole numbers may have leading zeros, which eval() refuses.
[[nodiscard]] std::optional<double> EvaluateNumber(std::string_view text);

}  // namespace libero
