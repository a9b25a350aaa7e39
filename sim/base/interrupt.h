#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace libero {

// Turns Ctrl-C (SIGINT), and SIGTERM likewise, into requests to stop while this object lives: the
// first asks to finish what has begun, the second to stop at once, the third ends the process.
// Signals reach it and nobody else if it is made before the process's other threads; they inherit
// the blocked signals. One at a time in a process. Afterwards the signals act as before.
class InterruptListener {
 public:
  // Throws Error if the system refuses.
  InterruptListener();
  ~InterruptListener();
  InterruptListener(const InterruptListener&) = delete;
  InterruptListener& operator=(const InterruptListener&) = delete;

  [[nodiscard]] std::stop_token finish() const { return finish_.get_token(); }
  [[nodiscard]] std::stop_token stop() const { return stop_.get_token(); }

 private:
  void Listen(const std::stop_token& end);

  sigset_t signals_{};
  sigset_t old_mask_{};
  std::stop_source finish_;
  std::stop_source stop_;
  std::jthread thread_;  // last: it ends first
};

}  // namespace libero
