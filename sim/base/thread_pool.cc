#include "sim/base/thread_pool.h"

#include <utility>

#include "sim/base/check.h"

namespace libero {

ThreadPool::ThreadPool(int num_threads) {
  LIBERO_CHECK(num_threads >= 1);
  for (int i = 0; i < num_threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { Work(stop); });
  }
}

ThreadPool::~ThreadPool() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void ThreadPool::Submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  has_job_.notify_one();
}

void ThreadPool::Wait() {
  std::unique_lock lock(mutex_);
  is_idle_.wait(lock, [this] { return jobs_.empty() && num_running_ == 0; });
}

void ThreadPool::Work(const std::stop_token& stop) noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    has_job_.wait(lock, stop, [this] { return !jobs_.empty(); });
    if (stop.stop_requested()) return;
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    ++num_running_;
    lock.unlock();
    job();
    job = nullptr;  // what it holds is gone before anybody is told that it is done
    lock.lock();
    --num_running_;
    if (jobs_.empty() && num_running_ == 0) is_idle_.notify_all();
  }
}

}  // namespace libero
