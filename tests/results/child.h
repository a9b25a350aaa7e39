#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "sim/base/check.h"

namespace libero {

// The program as a child whose stderr can be read.
class Child {
 public:
  // `variables`: "NAME=value", beside those that say where the data is.
  explicit Child(std::vector<std::string> arguments, std::vector<std::string> variables = {}) {
    std::array<int, 2> ends{};
    LIBERO_CHECK(pipe(ends.data()) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    variables.emplace_back("LIBERO_DATA=" LIBERO_DEPS_DIR);
    variables.emplace_back("LIBERO_CACHE=" LIBERO_TEST_CACHE_DIR);
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    LIBERO_CHECK(posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environment.data()) ==
                 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    log_ = fdopen(ends[0], "r");
  }
  ~Child() { fclose(log_); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Reads until a line with this text; false if the child ended before.
  bool WaitFor(const std::string& text) {
    std::array<char, 4096> line{};
    while (fgets(line.data(), line.size(), log_) != nullptr) {
      if (std::string(line.data()).find(text) != std::string::npos) return true;
    }
    return false;
  }
  void Interrupt() const { kill(pid_, SIGINT); }
  void Kill() const { kill(pid_, SIGKILL); }

  // What it says from here on.
  std::string ReadRest() {
    std::string rest;
    std::array<char, 4096> line{};
    while (fgets(line.data(), line.size(), log_) != nullptr) rest += line.data();
    return rest;
  }

  // Its exit status, or minus the signal that ended it.
  int Wait() {
    (void)ReadRest();
    int status = 0;
    waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = 0;
  FILE* log_ = nullptr;
};

}  // namespace libero
