#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace libero {

// A place in a text file; lines and columns count from 1, columns in characters (not bytes).
struct SourcePosition {
  int line = 1;
  int column = 1;
};

// The text of one BDDL file and the name to show in messages. Looks at both: they must outlive it.
struct BddlSource {
  std::string_view text;
  std::string_view file_name;
};

// One parenthesis or one word. Words are lower-cased (ASCII letters only), as the Python stack
// does. source: bddl@1.0.1:parsing.py:13 (scan_tokens)
struct BddlToken {
  enum class Kind { kOpen, kClose, kWord };

  Kind kind = Kind::kWord;
  std::string text;
  SourcePosition position;
};

// Splits a BDDL text into parentheses and words; `;` starts a comment that runs to the end of its
// line. Throws Error for control characters other than white space and for text that is not UTF-8.
// Characters beyond ASCII are let through here, because :language texts of LIBERO-PRO hold them.
[[nodiscard]] std::vector<BddlToken> LexBddl(const BddlSource& source);

// Throws Error with "file:line:col: error: message", the source line and a caret below the place.
[[noreturn]] void ThrowBddlError(const BddlSource& source, SourcePosition position,
                                 const std::string& message, const std::string& hint = "");

}  // namespace libero
