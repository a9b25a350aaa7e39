#include "sim/base/interrupt.h"

#include <fmt/format.h>
#include <pthread.h>

#include <ctime>
#include <system_error>

#include "sim/base/check.h"
#include "sim/base/log.h"

namespace libero {
InterruptListener::InterruptListener() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  const int error = pthread_sigmask(SIG_BLOCK, &signals_, &old_mask_);
  if (error != 0) {
    throw Error(fmt::format("cannot block signals: {}", std::generic_category().message(error)));
  }
  thread_ = std::jthread([this](const std::stop_token& end) { Listen(end); });
}

InterruptListener::~InterruptListener() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), SIGINT);  // ends its waiting
  thread_.join();
  // one that came too late to be of use here
  constexpr timespec kNoWait{};
  while (sigtimedwait(&signals_, nullptr, &kNoWait) > 0) {
  }
  pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

void InterruptListener::Listen(const std::stop_token& end) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals_, &signal) != 0) continue;
    if (end.stop_requested()) return;
    if (finish_.request_stop()) {
      LogInfo("libero", "finishing what runs; once more stops at once");
    } else if (!stop_.request_stop()) {
      ::signal(signal, SIG_DFL);
      pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
      raise(signal);
    } else {
      LogInfo("libero", "stopping");
    }
  }
}

}  // namespace libero
