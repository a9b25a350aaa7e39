#pragma once

#include <filesystem>
#include <iosfwd>
#include <vector>

namespace libero {

// The options of `libero merge`.
struct MergeOptions {
  std::vector<std::filesystem::path> shards;  // folders of `libero eval --shard`
  std::filesystem::path out;                  // folder, new or empty
};

// Makes of an evaluation's shards the folder that one run of it would have made: its episodes in
// the order of the plan, and all the shards' calls in the manifest. Where episodes are lacking it
// says so, and `libero eval` with the same options runs them. Returns 0; 1 if some are lacking.
// Throws Error for shards of different evaluations, naming what differs, and for one that is given
// twice.
int RunMergeCommand(const MergeOptions& options, std::ostream& out);

}  // namespace libero
