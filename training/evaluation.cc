#include "training/evaluation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "sim/base/check.h"
#include "tasks/episode_log.h"

namespace libero {
namespace {

std::vector<std::string> Command(const EvaluationRequest& request) {
  return {request.program.string(),
          "eval",
          "--suite",
          request.suite,
          "--tasks",
          fmt::format("{}", fmt::join(request.tasks, ",")),
          "--episodes",
          std::to_string(request.num_episodes),
          "--policy",
          request.checkpoint.string(),
          "--act",
          request.act,
          "--device",
          request.device,
          "--shard",
          "1/1",  // whole, whatever other processes train beside this one
          "--out",
          request.out.string()};
}

// Starts a process with no signal blocked, and returns its exit status.
int RunProcess(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  if (posix_spawnattr_init(&attributes) != 0) throw std::bad_alloc();
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t process = 0;
  const int error =
      posix_spawn(&process, arguments[0], nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    throw Error(
        fmt::format("cannot start {}: {}", command[0], std::generic_category().message(error)));
  }
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) throw Error("cannot wait for the evaluation");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

EvaluationResult EvaluateCheckpoint(const EvaluationRequest& request) {
  const std::vector<std::string> command = Command(request);
  const int status = RunProcess(command);
  if (status != 0) {
    throw Error(fmt::format("the evaluation in {} failed with exit status {}", request.out.string(),
                            status),
                fmt::format("{}", fmt::join(command, " ")));
  }
  EvaluationResult result;
  for (const EpisodeRecord& record : ReadEpisodeLog(request.out / "episodes.jsonl")) {
    if (!record.result.error.empty()) continue;
    ++result.num_episodes;
    if (record.result.success()) ++result.num_successes;
  }
  return result;
}

}  // namespace libero
