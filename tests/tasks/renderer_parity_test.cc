// The CPU renderer's frames against OpenGL's, in every distinct scene: for each camera of policies
// a random state. tests/perf/compare_renderers.cc does the same for many states and more sizes.

#include <fmt/format.h>

#include <array>
#include <map>
#include <tuple>

#include <gtest/gtest.h>

#include "sim/renderer_source.h"
#include "tasks/rollout.h"
#include "tests/golden/parity.h"
#include "tests/golden/suite_groups.h"
#include "tests/sim/gl_testing.h"
#include "tests/tasks/rollout_fakes.h"

namespace libero {
namespace {

// How near frames of 256×256 pixels are; see sim/cpu_renderer/README.md for where they differ.
constexpr int kSize = 256;
constexpr double kMinPsnrDb = 42;
constexpr double kMinMeanPsnrDb = 58;  // over the scenes of a group
constexpr int kMaxMedianDifference = 1;
constexpr double kMinSameSegmentation = 0.995;
constexpr double kMaxDepthErrorM = 1e-4;

constexpr std::array kCameras = {"agentview", "robot0_eye_in_hand"};

class RendererParityTest : public testing::TestWithParam<std::string> {};

TEST_P(RendererParityTest, FramesAreNearlyThoseOfOpenGl) {
  const IgnoreDriverLeaks ignore;
  if (const std::string why_not = WhyNoGl("osmesa"); !why_not.empty()) GTEST_SKIP() << why_not;
  SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  RendererSource cpu_source({.name = "cpu"}, TextureFolder(LIBERO_TEST_CACHE_DIR));
  double sum = 0;
  int num_frames = 0;
  for (const Task& task : DistinctScenes(SuiteGroupTasks(GetParam()))) {
    const TaskSetup setup = LoadTaskSetup(task, store);
    const mjModel& model = *setup.scene->model;
    const auto gl = MakeRenderer({.name = "osmesa"}, model);
    const auto cpu = cpu_source.Make(model);
    const Snapshot state = RandomState(setup, task.index);
    for (const char* camera : kCameras) {
      SCOPED_TRACE(fmt::format("{} {} {}", task.suite, task.index, camera));
      const Parity parity = Compare(DrawPair(*gl, *cpu, state, FindCamera(model, camera), kSize));
      EXPECT_GE(parity.psnr_db, kMinPsnrDb);
      EXPECT_LE(parity.median_difference, kMaxMedianDifference);
      EXPECT_GE(parity.same_segmentation, kMinSameSegmentation);
      EXPECT_LE(parity.median_depth_error, kMaxDepthErrorM);
      sum += parity.psnr_db;
      ++num_frames;
    }
  }
  EXPECT_GE(sum / num_frames, kMinMeanPsnrDb);
  RecordProperty("mean_psnr_db", fmt::format("{:.2f}", sum / num_frames));
}

INSTANTIATE_TEST_SUITE_P(Suites, RendererParityTest, testing::ValuesIn(SuiteGroups()),
                         SuiteGroupName);

// A rollout's frames one after another, drawn as changes of the frame before.
class RedrawTest : public testing::TestWithParam<std::string> {};

TEST_P(RedrawTest, FramesOfAnEpisodeAreTheSameBytesAsWholeFrames) {
  constexpr int kFrames = 30;
  const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
  SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  const TaskSetup setup = LoadTaskSetup(FindSuite(suites, GetParam()).tasks[0], store);
  const mjModel& model = *setup.scene->model;
  RendererSource source({.name = "cpu"}, TextureFolder(LIBERO_TEST_CACHE_DIR));
  const auto renderer = source.Make(model);
  const auto other = source.Make(model);
  const std::vector<Snapshot> snapshots = MovingArm(setup, kFrames);
  for (const char* camera : kCameras) {
    const int camera_id = FindCamera(model, camera);
    std::unique_ptr<FrameHistory> history;
    Image image = {128, 128, {}};
    for (size_t i = 0; i < snapshots.size(); ++i) {
      renderer->Redraw(snapshots[i], camera_id, image, history);
      Image whole = {128, 128, {}};
      other->Render(snapshots[i], camera_id, whole);
      ASSERT_EQ(image.rgb, whole.rgb) << "frame " << i << " of " << camera;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Scenes, RedrawTest,
                         testing::Values("libero_spatial", "libero_goal", "libero_10"),
                         SuiteGroupName);

// What a policy sees, by suite, init state and step.
using SeenFrames = std::map<std::tuple<std::string, int, int>, std::vector<uint8_t>>;

SeenFrames FramesOfRollout(int num_slots, int num_threads) {
  const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
  SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  RendererSource source({.name = "cpu"}, TextureFolder(LIBERO_TEST_CACHE_DIR));
  RolloutOptions options = {
      .num_slots = num_slots,
      .num_threads = num_threads,
      .protocol = FindProtocol("univla"),
      .make_renderer = [&](const mjModel& model) { return source.Make(model); },
      .max_renderers = source.MaxRenderers(num_threads, num_slots)};
  options.protocol.settle_steps = 1;
  SetMaxSteps(options.protocol, 3);
  std::vector<EpisodeSpec> episodes;
  for (const char* suite : {"libero_goal", "libero_object"}) {
    for (int i = 0; i < 3; ++i) {
      episodes.push_back({.suite = suite, .task_index = 0, .init_index = i, .reset_index = i + 1});
    }
  }
  SeenFrames seen;
  std::map<int, EpisodeSpec> running;  // by slot
  FakePolicy policy;
  policy.frame_specs = {{"agentview", 64, 64}, {"robot0_eye_in_hand", 48, 32}};
  policy.on_begin = [&](int slot, const EpisodeSpec& episode) {
    running[slot] = episode;
  };
  policy.act = [&](std::span<const PolicyInput> inputs, std::span<Action> actions) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      const EpisodeSpec& episode = running[inputs[i].slot];
      std::vector<uint8_t>& bytes = seen[{episode.suite, episode.init_index, inputs[i].step}];
      for (const Image& image : inputs[i].frames) {
        bytes.insert(bytes.end(), image.rgb.begin(), image.rgb.end());
      }
      actions[i] = {0.5, -0.5, 0.3, 0, 0.2, 0, 1};
    }
  };
  RunEpisodes(episodes, suites, store, policy, options,
              [](const EpisodeResult& result) { EXPECT_EQ(result.error, ""); });
  return seen;
}

// Slots remember frames, renderers go from slot to slot and from thread to thread.
TEST(RolloutFramesTest, DoNotDependOnSlotsAndThreads) {
  const SeenFrames expected = FramesOfRollout(1, 1);
  ASSERT_EQ(expected.size(), 18U);
  EXPECT_TRUE(FramesOfRollout(4, 2) == expected);
  EXPECT_TRUE(FramesOfRollout(3, 1) == expected);
}

}  // namespace
}  // namespace libero
