#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace libero {

// Threads that take jobs from one queue, first come, first served.
class ThreadPool {
 public:
  // `num_threads` ≥ 1 (CHECK).
  explicit ThreadPool(int num_threads);

  // Waits for the jobs that run; those that have not begun are dropped.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // A job reports its own errors: an exception that leaves it ends the program (std::terminate),
  // so that none gets lost between threads. May be called by any thread, by jobs too.
  void Submit(std::function<void()> job);

  // Waits until no job is queued or running.
  void Wait();

  [[nodiscard]] int num_threads() const { return static_cast<int>(threads_.size()); }

 private:
  void Work(const std::stop_token& stop) noexcept;

  std::mutex mutex_;  // of the next four
  std::condition_variable_any has_job_;
  std::condition_variable_any is_idle_;
  std::deque<std::function<void()>> jobs_;
  int num_running_ = 0;
  std::vector<std::jthread> threads_;  // last: they end first
};

}  // namespace libero
