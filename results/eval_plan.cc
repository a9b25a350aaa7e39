#include "results/eval_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "results/option_checks.h"
#include "sim/base/check.h"
#include "sim/control_loop.h"
#include "tasks/init_states.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDefaultEpisodes = 50;
constexpr int kMaxSteps = 1'000'000;

Protocol MakeProtocol(const EvalRequest& request) {
  Protocol protocol =
      request.protocol.empty() ? Protocols().front() : FindProtocol(request.protocol);
  if (request.max_steps) {
    CheckRange("--max-steps", *request.max_steps, 1, kMaxSteps);
    SetMaxSteps(protocol, *request.max_steps);
  }
  if (request.settle_steps) {
    CheckRange("--settle-steps", *request.settle_steps, 0, kMaxSteps);
    protocol.settle_steps = *request.settle_steps;
  }
  if (request.camera_size) {
    CheckRange("--camera-size", *request.camera_size, 1, kMaxFrameSize);
    SetCameraSize(protocol, *request.camera_size);
  }
  protocol.instruction = FindInstructionControl(request.instruction);
  protocol.image = FindImageControl(request.image);
  return protocol;
}

// The init states to begin in, of a task that has `num_states`.
std::vector<int> InitIndices(const EvalRequest& request, int num_states) {
  if (!request.inits.empty()) return ParseIndices("--inits", request.inits, num_states);
  const int num_episodes = request.num_episodes.value_or(kDefaultEpisodes);
  CheckRange("--episodes", num_episodes, 1, num_states);
  std::vector<int> indices(static_cast<size_t>(num_episodes));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

}  // namespace

EvalPlan MakeEvalPlan(const EvalRequest& request, const std::vector<Suite>& suites) {
  // names and numbers
  const Suite& suite = FindSuite(suites, request.suite);
  if (request.num_episodes && !request.inits.empty()) {
    throw Error("--episodes and --inits were both given",
                "--episodes N runs init states 0 to N - 1, --inits those of a list");
  }
  CheckRendererName(request.renderer.name);
  (void)FindStepMode(request.mode);
  EvalPlan plan = {.suite = suite.name, .protocol = MakeProtocol(request), .request = request};

  // episodes
  plan.tasks = ChooseTasks(suite, request.tasks);
  for (const Task& task : plan.tasks) {
    try {
      const InitStates states = LoadInitStates(task.init_states_path.string());
      for (const int init_index : InitIndices(request, states.num_states())) {
        plan.episodes.push_back({.suite = suite.name,
                                 .task_index = task.index,
                                 .init_index = init_index,
                                 .reset_index = init_index + 1,
                                 .seed = request.seed});
      }
    } catch (const Error& error) {
      throw Error(fmt::format("task {} ({}): {}", task.index, task.name, error.what()));
    }
  }
  SetInstructions(plan.protocol.instruction, suite, plan.episodes);
  return plan;
}

void FitFrames(const LoadedPolicy& loaded, std::optional<int> camera_size, Protocol& protocol) {
  if (loaded.checkpoint.is_null()) return;
  const int size = loaded.policy->frames().front().width;
  if (camera_size && *camera_size != size) {
    throw Error(fmt::format("--camera-size: the policy looks at frames of {} pixels, got {}", size,
                            *camera_size),
                "leave it out: the checkpoint's config.json says it");
  }
  SetCameraSize(protocol, size);
}

Json EvalPlan::config() const {
  Json task_indices = Json::array();
  for (const Task& task : tasks) task_indices.push_back(task.index);
  Json init_indices = Json::array();  // the same for each task
  for (const EpisodeSpec& episode : episodes) {
    if (episode.task_index == episodes.front().task_index) {
      init_indices.push_back(episode.init_index);
    }
  }
  return {{"suite", suite},
          {"tasks", task_indices},
          {"init_indices", init_indices},
          {"reset_index", "init_index + 1"},
          {"seed", request.seed},
          {"policy", request.policy},
          {"protocol", ToJson(protocol)},
          {"mode", request.mode},
          {"renderer", request.renderer.name},
          {"render_device", request.renderer.device ? Json(*request.renderer.device) : Json()}};
}

}  // namespace libero
