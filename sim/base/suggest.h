#pragma once

#include <span>
#include <string>
#include <string_view>

namespace libero {

// The number of single-character insertions, deletions, substitutions and swaps of neighbours that
// turn `a` into `b` (optimal string alignment). Case counts. O(|a|·|b|) time.
[[nodiscard]] int EditDistance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, or "" if none is near: the distance may be at most a third of
// the longer one's length, and at least 1. The first of equals wins. Looks into `candidates`.
[[nodiscard]] std::string_view Nearest(std::string_view word,
                                       std::span<const std::string> candidates);

// "did you mean 'nearest'?", or "" if no candidate is near: ready to be an Error's hint.
[[nodiscard]] std::string DidYouMean(std::string_view word,
                                     std::span<const std::string> candidates);

}  // namespace libero
