#include "sim/base/process.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>

#include "sim/base/check.h"

namespace libero {

pid_t StartProcess(std::vector<std::string> command, bool own_group) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  if (posix_spawnattr_init(&attributes) != 0) throw std::bad_alloc();
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &none);
  const int flags = POSIX_SPAWN_SETSIGMASK | (own_group ? POSIX_SPAWN_SETPGROUP : 0);
  posix_spawnattr_setflags(&attributes, static_cast<short>(flags));
  pid_t process = 0;
  const int error =
      posix_spawn(&process, arguments[0], nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    throw Error(
        fmt::format("cannot start {}: {}", command[0], std::generic_category().message(error)));
  }
  return process;
}

int WaitForProcess(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    LIBERO_CHECK(errno == EINTR);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace libero
