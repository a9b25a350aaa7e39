#include "tasks/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "tasks/model_file.h"

namespace libero {
namespace {

std::vector<BodyPose> FixturePoses(const Demo& demo, const std::vector<std::string>& bodies) {
  return ReadBodyPoses(demo.model_file.value(), bodies, demo.where + "model_file: ");
}

double MaxDifference(std::span<const double> a, std::span<const double> b) {
  LIBERO_CHECK(a.size() == b.size());
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    if (!std::isfinite(difference)) return std::numeric_limits<double>::max();
    largest = std::max(largest, difference);
  }
  return largest;
}

// The recorded state before action t, or after the last one for t = T; empty if there is none.
std::span<const double> RecordedState(const Demo& demo, size_t t) {
  if (t == demo.actions.size()) return demo.final_state;
  if (demo.states.empty()) return {};
  const auto size = static_cast<size_t>(demo.state_size);
  return std::span(demo.states).subspan(t * size, size);
}

}  // namespace

std::string_view ReplaySceneName(ReplayScene scene) {
  return scene == ReplayScene::kProtocol ? "protocol" : "model";
}

ReplayScene FindReplayScene(const std::string& name) {
  std::vector<std::string> names;
  for (const ReplayScene scene : {ReplayScene::kProtocol, ReplayScene::kModel}) {
    names.emplace_back(ReplaySceneName(scene));
    if (names.back() == name) return scene;
  }
  throw Error(fmt::format("--scene: expected protocol or model, got '{}'", name),
              DidYouMean(name, names));
}

ReplayScene DefaultReplayScene(const DemoFile& file, const Demo& demo) {
  if (file.seed() && (demo.init_index || demo.reset_index)) return ReplayScene::kProtocol;
  return demo.model_file ? ReplayScene::kModel : ReplayScene::kProtocol;
}

void CheckReplayable(const Demo& demo, ReplayScene scene, const Problem& problem,
                     const InitStates& init_states) {
  const int size = init_states.state_size();
  if (demo.state_size != 0 && demo.state_size != size) {
    throw Error(fmt::format("{}expected states of {} numbers for this task, got {}", demo.where,
                            size, demo.state_size),
                "it was recorded in another task, or with another version of its objects");
  }
  const bool uses_index = scene == ReplayScene::kProtocol && demo.init_index.has_value();
  if (uses_index && *demo.init_index >= init_states.num_states()) {
    throw Error(fmt::format("{}attribute init_index: expected an init state from 0 to {}, got {}",
                            demo.where, init_states.num_states() - 1, *demo.init_index));
  }
  if (!uses_index && demo.first_state().empty()) {
    throw Error(demo.where + "expected states or init_state, got neither",
                "without them nobody knows where the demonstration starts");
  }
  if (scene == ReplayScene::kProtocol) return;
  if (!demo.model_file) {
    throw Error(demo.where + "there is no attribute model_file to take the scene from",
                "replay it with --scene protocol");
  }
  (void)FixturePoses(demo, FixtureBodies(problem));
}

void PlaceReplay(Env& env, const Demo& demo, ReplayScene scene) {
  if (scene == ReplayScene::kProtocol) {
    env.Reset(demo.reset_index.value_or(demo.number + 1));
    if (demo.init_index) return env.SetInitState(*demo.init_index);
    return env.SetState(demo.init_state.empty() ? demo.first_state()
                                                : std::span<const double>(demo.init_state));
  }
  env.Reset(1);
  const std::vector<std::string> bodies = FixtureBodies(env.setup().problem);
  const std::vector<BodyPose> poses = FixturePoses(demo, bodies);
  for (size_t i = 0; i < bodies.size(); ++i) {
    const int body = mj_name2id(&env.world().model(), mjOBJ_BODY, bodies[i].c_str());
    LIBERO_CHECK(body >= 0);
    env.world().SetBodyPose(body, poses[i].pos, poses[i].quat_wxyz);
  }
  const bool began_earlier = demo.settle_steps.value_or(0) > 0 && !demo.init_state.empty();
  env.SetState(began_earlier ? std::span<const double>(demo.init_state) : demo.first_state());
}

void StartReplay(Env& env, const Demo& demo, ReplayScene scene) {
  PlaceReplay(env, demo, scene);
  for (int i = 0; i < demo.settle_steps.value_or(0); ++i) env.Step(demo.settle_action);
}

ReplayResult Replay(Env& env, const Demo& demo, ReplayScene scene) {
  StartReplay(env, demo, scene);
  ReplayResult result{.name = demo.name(), .steps = static_cast<int>(demo.actions.size())};
  const auto compare = [&](size_t t) {
    std::optional<double> error;
    const std::span<const double> recorded = RecordedState(demo, t);
    if (!recorded.empty()) error = MaxDifference(env.world().State(), recorded);
    result.state_errors.push_back(error);
    if (error) result.max_state_error = std::max(*error, result.max_state_error.value_or(0));
  };
  for (size_t t = 0; t < demo.actions.size(); ++t) {
    compare(t);
    env.Step(demo.actions[t]);
    const bool solved = env.Solved();
    result.success_flags.push_back(solved ? 1 : 0);
    if (solved && !result.success) result.first_success_step = static_cast<int>(t);
    result.success = result.success || solved;
  }
  compare(demo.actions.size());
  if (!demo.success.empty()) result.success_flags_equal = result.success_flags == demo.success;
  return result;
}

}  // namespace libero
