#include "tasks/episode_watcher.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tasks/env.h"
#include "tasks/rollout.h"
#include "tests/tasks/rollout_fakes.h"

namespace libero {
namespace {

using testing::ElementsAre;

// What watchers of all slots have seen, by reset index; written by one thread at a time per
// episode.
struct Seen {
  std::mutex mutex;
  std::map<int, std::vector<std::string>> calls;
  std::map<int, std::vector<double>> begin_states;
  std::vector<std::vector<uint8_t>> pictures;
};

constexpr int kUnseen = 99;  // reset of an episode whose pictures watchers do not want

class FakeWatcher : public EpisodeWatcher {
 public:
  FakeWatcher(Seen& seen, std::vector<FrameSpec> frames)
      : seen_(&seen), frames_(std::move(frames)) {}

  [[nodiscard]] std::vector<FrameSpec> frames() const override { return frames_; }
  [[nodiscard]] bool WantsFrames(const EpisodeSpec& episode) const override {
    return episode.reset_index != kUnseen;
  }
  void BeginEpisode(const EpisodeSpec& episode, const Env& env) override {
    reset_index_ = episode.reset_index;
    const std::lock_guard lock(seen_->mutex);
    seen_->begin_states[reset_index_] = env.world().State();
    seen_->calls[reset_index_] = {"begin"};
  }
  void Start(const Env& env, std::span<const Image> frames) override { Note("start", env, frames); }
  void AfterStep(const StepActions& actions, const Env& env,
                 std::span<const Image> frames) override {
    Note("step " + std::to_string(actions.taken[0]).substr(0, 3), env, frames);
  }
  void EndEpisode(const EpisodeResult& result) override {
    const std::lock_guard lock(seen_->mutex);
    seen_->calls[reset_index_].push_back(Name(result.end));
  }

 private:
  void Note(const std::string& call, const Env& env, std::span<const Image> frames) {
    const std::lock_guard lock(seen_->mutex);
    seen_->calls[reset_index_].push_back(call);
    ASSERT_EQ(frames.size(), reset_index_ == kUnseen ? 0 : frames_.size());
    if (frames.empty()) return;
    EXPECT_EQ(frames[0].rgb,
              FakeRenderer::Picture(env.snapshot(), CameraId(env), frames[0].rgb.size()))
        << "of this instant";
    seen_->pictures.push_back(frames[0].rgb);
  }
  [[nodiscard]] int CameraId(const Env& env) const {
    return FindCamera(*env.setup().scene->model, frames_[0].camera);
  }

  Seen* seen_;
  std::vector<FrameSpec> frames_;
  int reset_index_ = 0;
};

class EpisodeWatcherTest : public testing::Test {
 protected:
  EpisodeWatcherTest() {
    options_.protocol = FindProtocol("univla");
    options_.protocol.settle_steps = 1;
    SetMaxSteps(options_.protocol, 2);
    options_.make_renderer = rendering_.factory();
    options_.make_watcher = [this] {
      return std::make_unique<FakeWatcher>(seen_, frames_);
    };
    policy_.act = [](std::span<const PolicyInput> inputs, std::span<Action> actions) {
      for (size_t i = 0; i < inputs.size(); ++i) actions[i][0] = 0.1 * (inputs[i].step + 1);
    };
  }

  std::vector<EpisodeResult> Run(const std::vector<EpisodeSpec>& episodes) {
    std::vector<EpisodeResult> results;
    status_ = RunEpisodes(episodes, suites_, store_, policy_, options_,
                          [&](const EpisodeResult& result) { results.push_back(result); });
    return results;
  }

  static EpisodeSpec Sampled(int reset_index) {
    return {.suite = "libero_goal",
            .task_index = 0,
            .init_index = kNoInitState,
            .reset_index = reset_index};
  }

  Seen seen_;
  std::vector<FrameSpec> frames_ = {{"agentview", 4, 4}};
  FakeRendering rendering_;
  FakePolicy policy_;
  RolloutOptions options_;
  RolloutStatus status_;
  std::vector<Suite> suites_ = LoadSuites(LIBERO_DEPS_DIR);
  SceneStore store_{LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR};
};

TEST_F(EpisodeWatcherTest, SeesEveryInstantOfEveryEpisode) {
  options_.num_slots = 2;
  options_.num_threads = 2;
  Run({Sampled(51), Sampled(52), Sampled(53)});
  ASSERT_EQ(seen_.calls.size(), 3U);
  for (const auto& [reset, calls] : seen_.calls) {
    EXPECT_THAT(calls, ElementsAre("begin", "start", "step 0.1", "step 0.2", "timeout")) << reset;
  }
  EXPECT_EQ(status_.num_frames, 9);
  EXPECT_EQ(rendering_.num_drawn, 9);
}

TEST_F(EpisodeWatcherTest, DrawsOnceWhatThePolicyLooksAtToo) {
  policy_.frame_specs = {{"agentview", 4, 4}, {"frontview", 4, 4}};
  std::vector<std::vector<uint8_t>> looked_at;
  policy_.act = [&](std::span<const PolicyInput> inputs, std::span<Action> /*actions*/) {
    looked_at.push_back(inputs[0].frames[0].rgb);
    EXPECT_NE(inputs[0].frames[1].rgb, inputs[0].frames[0].rgb);
  };
  Run({Sampled(51)});
  EXPECT_EQ(rendering_.num_drawn, 5) << "three for the watcher, two more for the policy";
  ASSERT_EQ(seen_.pictures.size(), 3U);
  EXPECT_THAT(looked_at, ElementsAre(seen_.pictures[0], seen_.pictures[1]));
}

TEST_F(EpisodeWatcherTest, NothingIsDrawnForAWatcherThatDoesNotWantIt) {
  Run({Sampled(kUnseen)});
  EXPECT_EQ(rendering_.num_drawn, 0);
  EXPECT_EQ(seen_.calls.at(kUnseen).size(), 5u);

  // what the policy looks at is drawn for it, though it is the watcher's camera too
  policy_.frame_specs = frames_;
  int num_looked_at = 0;
  policy_.act = [&](std::span<const PolicyInput> inputs, std::span<Action> /*actions*/) {
    num_looked_at += inputs[0].frames[0].rgb ==
                             FakeRenderer::Picture(
                                 inputs[0].env->snapshot(),
                                 FindCamera(*inputs[0].env->setup().scene->model, "agentview"), 48)
                         ? 1
                         : 0;
  };
  Run({Sampled(51), Sampled(kUnseen)});
  EXPECT_EQ(num_looked_at, 4);
  EXPECT_EQ(rendering_.num_drawn, 3 + 2);
}

TEST_F(EpisodeWatcherTest, EpisodesMayBeginWhereTheirResetPutThings) {
  const std::vector<EpisodeResult> results = Run({Sampled(51)});
  const TaskSetup setup = LoadTaskSetup(FindSuite(suites_, "libero_goal").tasks[0], store_);
  Env env(setup);
  env.Reset(51);
  EXPECT_EQ(seen_.begin_states.at(51), env.world().State());
  EXPECT_EQ(results.at(0).end, EpisodeEnd::kTimeout);
  for (int i = 0; i < setup.init_states.num_states(); ++i) {
    EXPECT_FALSE(std::ranges::equal(setup.init_states.state(i), seen_.begin_states.at(51)));
  }
}

TEST_F(EpisodeWatcherTest, BeginsAgainAfterAnError) {
  frames_.clear();
  int num_calls = 0;
  policy_.act = [&](std::span<const PolicyInput> /*inputs*/, std::span<Action> actions) {
    if (++num_calls == 2) actions[0][0] = NAN;
  };
  Run({Sampled(51)});
  EXPECT_THAT(seen_.calls.at(51), ElementsAre("begin", "start", "step 0.0", "step 0.0", "timeout"));
}

}  // namespace
}  // namespace libero
