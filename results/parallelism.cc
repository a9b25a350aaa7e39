#include "results/parallelism.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <thread>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr int kMaxThreads = 1024;

void Check(const char* option, int value) {
  if (value >= 1 && value <= kMaxThreads) return;
  throw Error(fmt::format("{}: expected 1 to {}, got {}", option, kMaxThreads, value));
}

}  // namespace

Parallelism ChooseParallelism(std::optional<int> num_envs, std::optional<int> num_threads,
                              int num_processes) {
  const int num_cores =
      std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / num_processes);
  Parallelism result;
  result.num_threads = num_threads.value_or(num_cores);
  Check("--threads", result.num_threads);
  result.num_envs = num_envs.value_or(std::min(2 * result.num_threads, kMaxThreads));
  Check("--envs", result.num_envs);
  return result;
}

std::vector<std::string> RunAll(ThreadPool& pool, size_t count,
                                const std::function<void(size_t)>& job) {
  std::vector<std::string> errors(count);
  for (size_t i = 0; i < count; ++i) {
    pool.Submit([&, i] {
      try {
        job(i);
      } catch (const std::exception& error) {
        errors[i] = error.what();
      }
    });
  }
  pool.Wait();
  return errors;
}

}  // namespace libero
