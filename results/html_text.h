#pragma once

#include <string>
#include <string_view>

#include "sim/base/text_table.h"

namespace libero {

// The text as HTML and SVG show it, in elements and in quoted attributes. Control characters, which
// neither may hold, become U+FFFD.
[[nodiscard]] std::string EscapeHtml(std::string_view text);

// A table that scrolls sideways by itself where the page is narrower. The cells' first column heads
// the rows.
[[nodiscard]] std::string HtmlTable(const TextTable& table);

// The table behind a line to click on.
[[nodiscard]] std::string FoldedTable(const std::string& summary, const TextTable& table);

}  // namespace libero
