#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tasks/bddl/lexer.h"
#include "tasks/bddl/problem.h"

namespace libero {

// The second pass of ParseProblem: every name refers to something, and every predicate is one that
// the simulator can act on. Throws Error with the place in `source`.
void CheckProblem(const BddlSource& source, const Problem& problem);

// The spelling of a predicate in LIBERO's files ("turnon" → "Turnon"); the name itself if unknown.
[[nodiscard]] std::string_view PredicateSpelling(std::string_view name);

// A hint for an unknown word: the nearest candidate, then all of them ("known sections: ...").
[[nodiscard]] std::string SuggestOrList(std::string_view word,
                                        std::span<const std::string> candidates,
                                        std::string_view plural);

}  // namespace libero
