#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/thread_pool.h"

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

// Runs job(0) … job(count − 1) on a pool that nobody else uses, and waits for all. What each of
// them threw: a message, or "" for nothing.
[[nodiscard]] std::vector<std::string> RunAll(ThreadPool& pool, size_t count,
                                              const std::function<void(size_t)>& job);

}  // namespace libero
