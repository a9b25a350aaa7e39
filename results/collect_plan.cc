#include "results/collect_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/option_checks.h"
#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "tasks/init_states.h"
#include "tasks/model_file.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDemos = 1'000'000;
constexpr int kMaxSteps = 1'000'000;
constexpr int kFirstSampledReset = 51;
constexpr double kExpertNoise = 0.05;

void CheckNoise(std::string_view option, double number) {
  if (number >= 0 && number <= 1) return;
  throw Error(fmt::format("{}: expected 0 to 1, got {}", option, number));
}

void CheckInit(const std::string& init) {
  const std::vector<std::string> known = {"sampled", "eval"};
  if (std::ranges::find(known, init) != known.end()) return;
  throw Error(fmt::format("--init: expected sampled or eval, got '{}'", init),
              DidYouMean(init, known));
}

}  // namespace

EpisodeSpec CollectPlan::Try(const Task& task, int number) const {
  const bool is_eval = request.init == "eval";
  return {.suite = suite,
          .task_index = task.index,
          .init_index = is_eval ? number : kNoInitState,
          .reset_index = number + (is_eval ? 1 : kFirstSampledReset),
          .seed = request.seed};
}

int CollectPlan::MaxTries(const Task& task) const {
  if (request.init == "eval") return LoadInitStates(task.init_states_path.string()).num_states();
  return 2 * request.num_demos + 20;
}

Json CollectPlan::config() const {
  Json task_indices = Json::array();
  for (const Task& task : tasks) task_indices.push_back(task.index);
  Json camera_list = Json::array();
  for (const RecordedCamera& camera : cameras) camera_list.push_back(camera.frame.camera);
  return {{"suite", suite},
          {"tasks", task_indices},
          {"demos", request.num_demos},
          {"init", request.init},
          {"seed", request.seed},
          {"policy", request.policy},
          {"noise", noise.deviation},
          {"push", noise.push},
          {"drop", noise.drop},
          {"cameras", camera_list},
          {"size", request.size},
          {"observations", Name(observations)},
          {"protocol", ToJson(protocol)},
          {"mode", request.mode},
          {"renderer", request.renderer.name},
          {"render_device", request.renderer.device ? Json(*request.renderer.device) : Json()}};
}

CollectPlan MakeCollectPlan(const CollectRequest& request, const std::vector<Suite>& suites,
                            const std::filesystem::path& data_root) {
  const Suite& suite = FindSuite(suites, request.suite);
  CollectPlan plan;  // field by field: g++ 12 frees twice what an initialiser has when it throws
  plan.suite = suite.name;
  plan.tasks = ChooseTasks(suite, request.tasks);
  plan.mode = FindStepMode(request.mode);
  plan.observations = FindObservationTime(request.observations);
  plan.request = request;
  CheckRange("--demos", request.num_demos, 1, kMaxDemos);
  const bool is_expert = request.policy.starts_with("expert");
  plan.noise = {.deviation = request.noise.value_or(is_expert ? kExpertNoise : 0),
                .push = request.push,
                .drop = request.drop};
  CheckNoise("--noise", plan.noise.deviation);
  CheckNoise("--push", plan.noise.push);
  CheckNoise("--drop", plan.noise.drop);
  CheckInit(request.init);
  CheckRendererName(request.renderer.name);
  plan.protocol = request.protocol.empty() ? Protocols().front() : FindProtocol(request.protocol);
  if (request.max_steps) {
    CheckRange("--max-steps", *request.max_steps, 1, kMaxSteps);
    SetMaxSteps(plan.protocol, *request.max_steps);
  }
  plan.cameras = ParseCameras(request.cameras, request.size, CommonCameras(data_root, plan.tasks));
  if (request.init == "eval") {
    for (const Task& task : plan.tasks) {
      CheckRange(fmt::format("--demos: task {} with --init eval", task.index), request.num_demos, 1,
                 plan.MaxTries(task));
    }
  }
  return plan;
}

}  // namespace libero
