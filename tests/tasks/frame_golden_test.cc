// Frames against those of the Python stack, byte by byte where the same OpenGL draws.

#include <chrono>

#include <gtest/gtest.h>

#include "sim/gl_context.h"
#include "sim/renderer_source.h"
#include "tasks/env.h"
#include "tests/golden/frames.h"
#include "tests/sim/gl_testing.h"

namespace libero {
namespace {

struct Case {
  const char* renderer;
  size_t state_index;
};

// What test programs call the case.
std::string Name(const Case& frames) {
  return frames.renderer + std::to_string(frames.state_index);
}
void PrintTo(const Case& frames, std::ostream* out) {
  *out << Name(frames);
}

int MsSince(std::chrono::steady_clock::time_point start) {
  const auto elapsed = std::chrono::steady_clock::now() - start;
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
}

// In the state, after the first reset.
Env MakeEnv(const TaskSetup& setup, const RecordedState& recorded) {
  Env env(setup, {.seed = 0});
  const std::span<const double> init = setup.init_states.state(recorded.init);
  std::vector<double> state(init.begin(), init.end());
  for (const auto& [index, value] : recorded.qpos) {
    state.at(1 + static_cast<size_t>(index)) = value;
  }
  env.SetState(state);
  return env;
}

class FrameGoldenTest : public testing::TestWithParam<Case> {};

TEST_P(FrameGoldenTest, EqualsTheStacksObservation) {
  const IgnoreDriverLeaks ignore;
  const std::string why_not = WhyNoGl(GetParam().renderer);
  if (!why_not.empty()) GTEST_SKIP() << why_not;
  const Recording recording = ReadRecording();
  const RecordedState& recorded = recording.states.at(GetParam().state_index);
  const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
  const auto& tasks = FindSuite(suites, recorded.suite).tasks;
  SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  const TaskSetup setup = LoadTaskSetup(tasks.at(static_cast<size_t>(recorded.task_index)), store);
  const mjModel& model = *setup.scene->model;
  const Env env = MakeEnv(setup, recorded);

  auto start = std::chrono::steady_clock::now();
  const std::unique_ptr<Renderer> renderer = MakeRenderer({.name = GetParam().renderer}, model);
  RecordProperty("gl", renderer->description());
  RecordProperty("make_ms", MsSince(start));
  for (const RecordedFrame& frame : recorded.frames) {
    SCOPED_TRACE(frame.camera + " by " + renderer->description());
    Image image = {frame.image.width, frame.image.height, {}};
    start = std::chrono::steady_clock::now();
    renderer->Render(env.snapshot(), FindCamera(model, frame.camera), image);
    RecordProperty(frame.camera + "_ms", MsSince(start));
    const ImageDifference difference = Compare(image, frame.image);
    EXPECT_LE(difference.mean, MaxMeanDifference(recording, renderer->description()))
        << difference.num_bytes << " bytes differ";
  }
}

// OSMesa first: after it EGL can draw in the same process, but not the other way round.
INSTANTIATE_TEST_SUITE_P(Golden, FrameGoldenTest,
                         testing::Values(Case{"osmesa", 0}, Case{"osmesa", 1}, Case{"osmesa", 2},
                                         Case{"osmesa", 3}, Case{"osmesa", 4}, Case{"egl", 0}),
                         [](const auto& test) { return Name(test.param); });

}  // namespace
}  // namespace libero
