#include "tasks/bddl/parser.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "tasks/bddl/lexer.h"

namespace libero {
namespace {

constexpr size_t kMaxDepth = 32;  // the published files go 6 deep

}  // namespace

BddlNode ParseBddl(const BddlSource& source) {
  const std::vector<BddlToken> tokens = LexBddl(source);
  if (tokens.empty()) ThrowBddlError(source, {}, "the file is empty", "expected (define ...)");

  // the lists that are open at this point, outermost first
  std::vector<BddlNode> open;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const BddlToken& token = tokens[i];
    switch (token.kind) {
      case BddlToken::Kind::kOpen:
        if (open.size() == kMaxDepth) {
          ThrowBddlError(source, token.position, "parentheses are nested too deeply");
        }
        open.push_back({true, "", {}, token.position});
        break;

      case BddlToken::Kind::kWord:
        if (open.empty()) {
          ThrowBddlError(source, token.position, "'" + token.text + "' is outside parentheses",
                         "a BDDL file is one list, (define ...)");
        }
        open.back().children.push_back({false, token.text, {}, token.position});
        break;

      case BddlToken::Kind::kClose: {
        if (open.empty()) {
          ThrowBddlError(source, token.position, "')' closes no parenthesis");
        }
        BddlNode done = std::move(open.back());
        open.pop_back();
        if (!open.empty()) {
          open.back().children.push_back(std::move(done));
          break;
        }
        if (i + 1 == tokens.size()) return done;
        ThrowBddlError(source, tokens[i + 1].position,
                       tokens[i + 1].kind == BddlToken::Kind::kClose
                           ? "')' closes no parenthesis"
                           : "more text after the end of the definition",
                       "is there a ')' too many before this place?");
      }
    }
  }
  ThrowBddlError(source, open.back().position, "'(' is never closed");
}

}  // namespace libero
