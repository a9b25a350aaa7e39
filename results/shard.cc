#include "results/shard.h"

#include <fmt/format.h>

#include <charconv>

#include "sim/base/check.h"

namespace libero {

std::vector<EpisodeSpec> Shard::Of(const std::vector<EpisodeSpec>& planned) const {
  std::vector<EpisodeSpec> part;
  for (size_t i = static_cast<size_t>(index - 1); i < planned.size();
       i += static_cast<size_t>(count)) {
    part.push_back(planned[i]);
  }
  return part;
}

Shard ParseShard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  bool is_good = index.ec == std::errc() && index.ptr != end && *index.ptr == '/';
  if (is_good) {
    const auto count = std::from_chars(index.ptr + 1, end, shard.count);
    is_good = count.ec == std::errc() && count.ptr == end;
  }
  if (!is_good || shard.index < 1 || shard.index > shard.count) {
    throw Error(fmt::format("--shard: expected INDEX/COUNT, got '{}'", text),
                "e.g. 1/4, 2/4, 3/4 and 4/4 for four parts");
  }
  return shard;
}

}  // namespace libero
