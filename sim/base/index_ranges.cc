#include "sim/base/index_ranges.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr const char* kHint = "indices are given like 0,3-5";

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

// The index that `digits`, a piece of `part`, stands for.
int ParseIndex(std::string_view digits, std::string_view part, int count) {
  int index = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, index);
  const bool is_number = !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
  if (!is_number) {
    throw Error(fmt::format("expected an index or a range of indices, got '{}'", part), kHint);
  }
  if (error != std::errc() || rest != end || index >= count) {
    throw Error(fmt::format("expected indices from 0 to {}, got '{}'", count - 1, part));
  }
  return index;
}

}  // namespace

std::vector<int> ParseIndexRanges(std::string_view text, int count) {
  std::vector<int> indices;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = Trimmed(text.substr(begin, end - begin));
    const size_t dash = std::min(part.find('-'), part.size());
    const int first = ParseIndex(Trimmed(part.substr(0, dash)), part, count);
    const int last =
        dash == part.size() ? first : ParseIndex(Trimmed(part.substr(dash + 1)), part, count);
    if (last < first) {
      throw Error(fmt::format("'{}' runs backwards", part),
                  fmt::format("write {}-{}", last, first));
    }
    for (int index = first; index <= last; ++index) indices.push_back(index);
    begin = end + 1;
  }
  std::ranges::sort(indices);
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

std::string FormatIndexRanges(std::span<const int> indices) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < indices.size();) {
    size_t last = i;
    while (last + 1 < indices.size() && indices[last + 1] == indices[last] + 1) ++last;
    const bool is_range = last >= i + 2;
    if (!is_range) last = i;
    parts.push_back(is_range ? fmt::format("{}-{}", indices[i], indices[last])
                             : std::to_string(indices[i]));
    i = last + 1;
  }
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace libero
