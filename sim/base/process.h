#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace libero {

// The running program, for StartProcess: its own commands.
inline constexpr const char* kThisProgram = "/proc/self/exe";

// Starts a program (command[0]) with this process's environment, and signals as they are by
// default, whatever this process does with them. `own_group`: Ctrl-C does not reach it. Returns its
// process. Throws Error if it cannot be started.
[[nodiscard]] pid_t StartProcess(std::vector<std::string> command, bool own_group);

// Waits for a process's end: its exit status, or 128 + the signal that ended it.
[[nodiscard]] int WaitForProcess(pid_t process);

}  // namespace libero
