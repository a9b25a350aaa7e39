#pragma once

#include <optional>

namespace libero {

// How many episodes run at a time. Results do not depend on it.
struct Parallelism {
  int num_envs = 1;
  int num_threads = 1;
};

// From the options --envs and --threads: one thread a core, shared with `num_processes` − 1 others
// like this one, and two environments a thread, so that some move while others wait, unless told
// otherwise. Throws Error for what is not in [1, 1024].
[[nodiscard]] Parallelism ChooseParallelism(std::optional<int> num_envs,
                                            std::optional<int> num_threads, int num_processes = 1);

}  // namespace libero
