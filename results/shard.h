#pragma once

#include <string>
#include <vector>

#include "tasks/episode.h"

namespace libero {

// One of several parts of an evaluation that run on their own, each into its own folder.
struct Shard {
  int index = 1;  // 1 to count
  int count = 1;

  // Every count-th episode of a plan, from the index-th on: each shard has some of each task.
  [[nodiscard]] std::vector<EpisodeSpec> Of(const std::vector<EpisodeSpec>& planned) const;
};

// From "2/4". Throws Error, which begins with "--shard", for anything else.
[[nodiscard]] Shard ParseShard(const std::string& text);

}  // namespace libero
