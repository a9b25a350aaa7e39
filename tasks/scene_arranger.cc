#include "tasks/scene_arranger.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/counter_random.h"

namespace libero {
namespace {

constexpr int kSettleSteps = 10;
constexpr Action kSettleAction = {0, 0, 0, 0, 0, 0, -1};

// How far the place (x, y, z) at `a` is from that at `b`, m.
double Distance(const double* a, const double* b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

}  // namespace

SceneArranger::SceneArranger(const TaskSetup& setup, std::vector<Demo> demos, uint32_t seed)
    : demos_(std::move(demos)),
      env_(setup, {.seed = seed}),
      name_(fmt::format("arranged scene/{}/{}/{}", seed, setup.task.suite, setup.task.index)) {
  const mjModel& model = env_.world().model();
  LIBERO_CHECK(!demos_.empty());
  for (const Demo& demo : demos_) LIBERO_CHECK(demo.state_size == 1 + model.nq + model.nv);
}

std::vector<std::vector<double>> SceneArranger::Arrange(int index, int count) {
  env_.Reset(index + 1);
  for (int i = 0; i < kSettleSteps; ++i) env_.Step(kSettleAction);
  const std::vector<double> settled = env_.world().State();
  CounterRandom random(name_, static_cast<uint64_t>(index));
  std::vector<std::vector<double>> states;
  for (int i = 0; i < count; ++i) states.push_back(MakeState(settled, random));
  return states;
}

std::vector<double> SceneArranger::MakeState(std::span<const double> settled,
                                             CounterRandom& random) const {
  constexpr double kMoved = 0.01;  // m
  constexpr double kStray = 0.05;  // rad at most, that joints of an empty hand's arm are off
  constexpr int kArmJoints = 7;
  const mjModel& model = env_.world().model();
  const auto choose = [&random](size_t count) {
    return static_cast<size_t>(random.Uniform(0, static_cast<double>(count)));
  };
  const Demo& demo = demos_[choose(demos_.size())];
  const auto width = static_cast<size_t>(demo.state_size);
  const double* there = demo.states.data() + choose(demo.actions.size()) * width + 1;
  const double* before = demo.first_state().data() + 1;

  std::vector<double> state(settled.begin(), settled.end());
  std::fill(state.begin() + 1 + model.nq, state.end(), 0.0);
  double* qpos = state.data() + 1;
  bool has_moved = false;
  for (int joint = 0; joint < model.njnt; ++joint) {
    const int first = model.jnt_qposadr[joint];
    if (model.jnt_type[joint] != mjJNT_FREE) {
      qpos[first] = there[first];
    } else if (Distance(there + first, before + first) > kMoved) {
      constexpr int kPoseNumbers = 7;
      std::copy_n(there + first, kPoseNumbers, qpos + first);
      has_moved = true;
    }
  }
  for (int joint = 0; joint < kArmJoints && !has_moved; ++joint) {
    qpos[joint] += random.Uniform(-kStray, kStray);
  }
  return state;
}

}  // namespace libero
