#include "training/evaluation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/base/check.h"
#include "sim/base/process.h"
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

}  // namespace

EvaluationResult EvaluateCheckpoint(const EvaluationRequest& request) {
  const std::vector<std::string> command = Command(request);
  const int status = WaitForProcess(StartProcess(command, /*own_group=*/false));
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
