#include "tasks/bddl/lexer.h"

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

constexpr size_t kLongestShownLine = 160;  // bytes

unsigned char Byte(std::string_view text, size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// The bytes of the UTF-8 character at `i`, or 0 if there is none (Unicode 15, table 3-7).
size_t CharacterLength(std::string_view text, size_t i) {
  const unsigned char first = Byte(text, i);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (i + length > text.size()) return 0;
  const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (Byte(text, i + 1) < low || Byte(text, i + 1) > high) return 0;
  for (size_t k = 2; k < length; ++k) {
    if ((Byte(text, i + k) & 0xC0) != 0x80) return 0;
  }
  return length;
}

// Python's white space within ASCII, which also holds the four separators 0x1c to 0x1f.
bool IsSpace(unsigned char c) {
  return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
}

char ToLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

class Lexer {
 public:
  explicit Lexer(const BddlSource& source) : source_(source), text_(source.text) {}

  std::vector<BddlToken> Run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ';') {
        SkipComment();
      } else if (c == '(' || c == ')') {
        tokens_.push_back({c == '(' ? BddlToken::Kind::kOpen : BddlToken::Kind::kClose,
                           std::string(1, c), position_});
        Advance();
      } else if (IsSpace(Byte(text_, at_))) {
        Advance();
      } else {
        ReadWord();
      }
    }
    return std::move(tokens_);
  }

 private:
  // Steps over one character; a carriage return with its line feed counts as one end of line.
  void Advance() {
    const size_t length = CharacterLength(text_, at_);
    if (length == 0) {
      ThrowBddlError(source_, position_,
                     fmt::format("byte 0x{:02x} is not UTF-8 text", Byte(text_, at_)));
    }
    const unsigned char c = Byte(text_, at_);
    if ((c < 32 && !IsSpace(c)) || c == 127) {
      ThrowBddlError(source_, position_, fmt::format("control character 0x{:02x}", c));
    }
    const bool is_return_of_pair = c == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
    at_ += length;
    if (is_return_of_pair) return;
    if (c == '\n' || c == '\r') {
      position_ = {position_.line + 1, 1};
    } else {
      ++position_.column;
    }
  }

  void SkipComment() {
    while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') Advance();
  }

  void ReadWord() {
    BddlToken word{BddlToken::Kind::kWord, "", position_};
    const size_t begin = at_;
    while (at_ < text_.size() && !IsSpace(Byte(text_, at_)) &&
           std::string_view("();").find(text_[at_]) == std::string_view::npos) {
      Advance();
    }
    word.text = text_.substr(begin, at_ - begin);
    std::transform(word.text.begin(), word.text.end(), word.text.begin(), ToLower);
    tokens_.push_back(std::move(word));
  }

  const BddlSource& source_;
  std::string_view text_;
  size_t at_ = 0;
  SourcePosition position_;
  std::vector<BddlToken> tokens_;
};

// The line with that number (from 1), without its end; tabs as spaces, so that columns line up.
std::string SourceLine(std::string_view text, int line) {
  size_t begin = 0;
  for (int i = 1; i < line; ++i) {
    const size_t end = text.find_first_of("\r\n", begin);
    if (end == std::string_view::npos) return "";
    begin = end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
  }
  std::string result(text.substr(begin, text.find_first_of("\r\n", begin) - begin));
  std::replace(result.begin(), result.end(), '\t', ' ');
  return result;
}

}  // namespace

std::vector<BddlToken> LexBddl(const BddlSource& source) {
  return Lexer(source).Run();
}

void ThrowBddlError(const BddlSource& source, SourcePosition position, const std::string& message,
                    const std::string& hint) {
  std::string text =
      fmt::format("{}:{}:{}: error: {}", source.file_name, position.line, position.column, message);
  const std::string line = SourceLine(source.text, position.line);
  if (!line.empty() && line.size() <= kLongestShownLine) {
    text += fmt::format("\n  {}\n  {}^", line,
                        std::string(static_cast<size_t>(position.column - 1), ' '));
  }
  throw Error(text, hint);
}

}  // namespace libero
