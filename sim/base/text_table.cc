#include "sim/base/text_table.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr size_t kGap = 2;

// Characters, not bytes: everything but UTF-8 continuation bytes. Holds no wide or combining ones.
size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// Breaks a text between words into lines of at most `width` characters, at least one line.
std::vector<std::string> Wrap(const std::string& text, size_t width) {
  if (Width(text) <= width) return {text};
  std::vector<std::string> lines(1);
  for (const std::string& word : Words(text)) {
    if (!lines.back().empty() && Width(lines.back()) + 1 + Width(word) > width)
      lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

void PrintLine(const TextTable& table, const std::vector<size_t>& widths,
               const std::vector<std::string>& cells, std::ostream& out) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line.append(kGap, ' ');
    const std::string padding(widths[i] - std::min(widths[i], Width(cells[i])), ' ');
    line += table.columns[i].is_number ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

void PrintRow(const TextTable& table, const std::vector<size_t>& widths,
              const std::vector<std::string>& row, std::ostream& out) {
  std::vector<std::vector<std::string>> wrapped;
  size_t num_lines = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    wrapped.push_back(Wrap(row[i], widths[i]));
    num_lines = std::max(num_lines, wrapped.back().size());
  }
  for (size_t line = 0; line < num_lines; ++line) {
    std::vector<std::string> cells;
    cells.reserve(wrapped.size());
    for (const auto& lines : wrapped) cells.push_back(line < lines.size() ? lines[line] : "");
    PrintLine(table, widths, cells, out);
  }
}

// Takes width from the widest column that may still shrink until the lines fit.
void FitWidths(const TextTable& table, const std::vector<size_t>& longest_words, size_t width,
               std::vector<size_t>* widths) {
  const size_t gaps = kGap * (widths->size() - 1);
  while (std::accumulate(widths->begin(), widths->end(), gaps) > width) {
    size_t widest = widths->size();
    for (size_t i = 0; i < widths->size(); ++i) {
      if (!table.columns[i].wraps || (*widths)[i] <= longest_words[i]) continue;
      if (widest == widths->size() || (*widths)[i] > (*widths)[widest]) widest = i;
    }
    if (widest == widths->size()) return;
    --(*widths)[widest];
  }
}

}  // namespace

void PrintTable(const TextTable& table, int width, std::ostream& out) {
  LIBERO_CHECK(!table.columns.empty());
  std::vector<size_t> widths;
  std::vector<size_t> longest_words;
  std::vector<std::string> headers;
  for (const TextTable::Column& column : table.columns) {
    headers.push_back(column.header);
    widths.push_back(Width(column.header));
    longest_words.push_back(Width(column.header));
  }
  for (const auto& row : table.rows) {
    LIBERO_CHECK(row.size() == table.columns.size());
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], Width(row[i]));
      for (const std::string& word : Words(row[i])) {
        longest_words[i] = std::max(longest_words[i], Width(word));
      }
    }
  }
  if (width > 0) FitWidths(table, longest_words, static_cast<size_t>(width), &widths);

  PrintLine(table, widths, headers, out);
  for (const auto& row : table.rows) PrintRow(table, widths, row, out);
}

}  // namespace libero
