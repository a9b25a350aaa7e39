#include "results/start_viewer.h"

#include <spawn.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

namespace libero {

bool StartViewer(const std::filesystem::path& run_folder) {
  posix_spawnattr_t attributes;
  if (posix_spawnattr_init(&attributes) != 0) return false;
  // a group of its own; signals as they are by default, whatever this process does with them
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  std::string program = "/proc/self/exe";
  std::string view = "view";
  std::string run = "--run";
  std::string folder = run_folder.string();
  const std::array<char*, 5> arguments = {program.data(), view.data(), run.data(), folder.data(),
                                          nullptr};
  pid_t process = 0;
  const int error =
      posix_spawn(&process, program.c_str(), nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  return error == 0;
}

}  // namespace libero
