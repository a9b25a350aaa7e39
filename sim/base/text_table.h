#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace libero {

// A table of aligned columns for terminals, two spaces apart, with a header line.
struct TextTable {
  struct Column {
    std::string header;
    bool is_number = false;  // right-aligned
    bool wraps = false;      // may break between words, to fit the width
  };

  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // one cell per column; UTF-8
};

// Prints the table with lines of at most `width` characters if wrapping can achieve that; 0 never
// wraps. Columns are never narrower than their longest word. No spaces at the ends of lines.
void PrintTable(const TextTable& table, int width, std::ostream& out);

}  // namespace libero
