#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "sim/base/check.h"

namespace libero {

// Makes coming things, e.g. batches, on other threads while the last one is being used:
// make(first), make(first + 1), ..., which Next() hands out in this order. What is ahead of Next(),
// made or in the making, is never more than `capacity` things.
//
// An exception of `make` comes out of the Next() that would have returned its thing, and out of all
// later ones. The destructor waits for the calls that run.
template <typename T>
class Prefetcher {
 public:
  // Several threads call `make` at once; what it refers to must outlive this object. `num_threads`
  // and `capacity` ≥ 1 (CHECK).
  Prefetcher(std::function<T(int64_t index)> make, int64_t first, int num_threads, int capacity)
      : make_(std::move(make)), next_taken_(first), next_made_(first), capacity_(capacity) {
    LIBERO_CHECK(num_threads >= 1 && capacity >= 1);
    for (int i = 0; i < num_threads; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) { Work(stop); });
    }
  }
  ~Prefetcher() {
    for (std::jthread& thread : threads_) thread.request_stop();
  }
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  // The next thing; waits until it is made. For one thread. Throws what `make` threw.
  [[nodiscard]] T Next() {
    std::unique_lock lock(mutex_);
    has_thing_.wait(lock, [this] { return things_.contains(next_taken_); });
    Thing& thing = things_.at(next_taken_);
    if (thing.error != nullptr) std::rethrow_exception(thing.error);
    T value = *std::move(thing.value);
    things_.erase(next_taken_);
    ++next_taken_;
    lock.unlock();
    has_room_.notify_one();
    return value;
  }

  // Things that are made and wait; 0 says that whoever takes them waits for the threads.
  [[nodiscard]] size_t num_waiting() const {
    const std::lock_guard lock(mutex_);
    return things_.size();
  }

 private:
  struct Thing {
    std::optional<T> value;  // none if there is an error
    std::exception_ptr error;
  };

  void Work(const std::stop_token& stop) noexcept {
    std::unique_lock lock(mutex_);
    for (;;) {
      has_room_.wait(lock, stop, [this] { return next_made_ < next_taken_ + capacity_; });
      if (stop.stop_requested()) return;
      const int64_t index = next_made_++;
      lock.unlock();
      Thing thing = Make(index);
      lock.lock();
      things_.emplace(index, std::move(thing));
      has_thing_.notify_one();
    }
  }

  [[nodiscard]] Thing Make(int64_t index) const noexcept {
    Thing thing;
    try {
      thing.value.emplace(make_(index));
    } catch (...) {
      thing.error = std::current_exception();
    }
    return thing;
  }

  const std::function<T(int64_t)> make_;
  mutable std::mutex mutex_;  // of the next five
  std::condition_variable_any has_room_;
  std::condition_variable_any has_thing_;
  std::map<int64_t, Thing> things_;
  int64_t next_taken_;
  int64_t next_made_;
  const int64_t capacity_;
  std::vector<std::jthread> threads_;  // last: they end first
};

}  // namespace libero
