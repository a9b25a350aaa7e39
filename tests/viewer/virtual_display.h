#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "sim/base/check.h"

namespace libero {

// An X server without a screen, Xvfb of Debian's package xvfb, as the display of this process for
// as long as it lives.
class VirtualDisplay {
 public:
  VirtualDisplay() {
    int pipe_ends[2];
    LIBERO_CHECK(pipe(pipe_ends) == 0);
    process_ = fork();
    if (process_ == 0) {
      close(pipe_ends[0]);
      const std::string end = std::to_string(pipe_ends[1]);
      execlp("Xvfb", "Xvfb", "-displayfd", end.c_str(), "-screen", "0", "1280x1024x24", "-nolisten",
             "tcp", "-noreset", nullptr);
      _exit(127);
    }
    close(pipe_ends[1]);
    std::string number;
    char character = 0;
    while (read(pipe_ends[0], &character, 1) == 1 && character != '\n') number += character;
    close(pipe_ends[0]);
    if (number.empty()) throw Error("Xvfb does not start", "apt-get install xvfb");
    setenv("DISPLAY", (":" + number).c_str(), 1);
  }
  ~VirtualDisplay() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
    unsetenv("DISPLAY");
  }
  VirtualDisplay(const VirtualDisplay&) = delete;
  VirtualDisplay& operator=(const VirtualDisplay&) = delete;

 private:
  pid_t process_ = 0;
};

}  // namespace libero
