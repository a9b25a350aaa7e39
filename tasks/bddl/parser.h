#pragma once

#include <string>
#include <vector>

#include "tasks/bddl/lexer.h"

namespace libero {

// A node of the s-expression tree: a word (`text` set, no children) or a list of nodes.
// `position` is that of the word, or of the list's opening parenthesis.
struct BddlNode {
  bool is_list = false;
  std::string text;
  std::vector<BddlNode> children;
  SourcePosition position;
};

// Reads a text that holds exactly one list and returns it. Throws Error for an empty text, an
// unbalanced parenthesis (the place shown is the one without a partner), a second top-level
// expression, and lists nested more than 32 deep.
[[nodiscard]] BddlNode ParseBddl(const BddlSource& source);

}  // namespace libero
