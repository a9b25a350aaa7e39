#include "policy/univla_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/prompt.h"
#include "policy/word_vocabulary.h"
#include "sim/base/check.h"
#include "tasks/episode_random.h"
#include "tasks/rollout.h"
#include "tests/golden/frames.h"
#include "tests/tasks/rollout_fakes.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Each;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kFrameSize = 32;
constexpr int kSize = 16;
constexpr int kChunkLength = 12;
constexpr int kNumSteps = 30;

Tokenizer Words() {
  return MakeWordTokenizer(PromptWords(std::vector<std::string>{"open the drawer"}));
}

// Statistics that leave the first six numbers as they are.
DatasetStatistics Statistics() {
  ActionStatistics statistics;
  statistics.q01.fill(-1);
  statistics.q99.fill(1);
  return {{{"libero_goal_no_noops", StatisticsJson(statistics)}}, "dataset_statistics.json"};
}

// Answers with numbers made of all that a query holds, and remembers the queries.
class FakeModel : public ActionModel {
 public:
  struct Call {
    std::vector<std::vector<int>> prompts;
    std::vector<Image> images;
  };
  // What the tests look at and decide, beyond the policy's life.
  struct Shared {
    ActionModelInfo info = {
        .images = {.frame_size = kFrameSize, .size = kSize},
        .num_acts = 16,
        .num_rows = 320,
        .first_act_id = 257,
        .chunk_length = kChunkLength,
        .description = "fake",
    };
    std::vector<Call> calls;
    std::function<void(std::span<const ActionQuery>, std::span<ActionAnswer>)> change;
  };

  explicit FakeModel(Shared& shared) : shared_(&shared) {}

  [[nodiscard]] const ActionModelInfo& info() const override { return shared_->info; }

  void Predict(std::span<const ActionQuery> queries, const DecodeOptions& decode,
               std::span<ActionAnswer> answers) override {
    Call& call = shared_->calls.emplace_back();
    for (size_t i = 0; i < queries.size(); ++i) {
      call.prompts.emplace_back(queries[i].prompt.begin(), queries[i].prompt.end());
      call.images.push_back(*queries[i].image);
      Answer(queries[i], decode, answers[i]);
    }
    if (shared_->change) shared_->change(queries, answers);
  }

 private:
  static void Answer(const ActionQuery& query, const DecodeOptions& decode, ActionAnswer& answer) {
    const auto& rgb = query.image->rgb;
    const int seed = std::accumulate(rgb.begin(), rgb.end(), 0) +
                     std::accumulate(query.prompt.begin(), query.prompt.end(), 0);
    std::vector<float> logits(16);
    for (size_t i = 0; i < logits.size(); ++i) {
      logits[i] = static_cast<float>((seed + static_cast<int>(i) * 7) % 13) / 4;
    }
    for (size_t i = 0; i < kNumActTokens; ++i) {
      answer.codes[i] = ChooseCode(logits, decode, query.uniforms[i]);
    }
    answer.chunk.resize(kChunkLength);
    for (size_t step = 0; step < kChunkLength; ++step) {
      for (size_t i = 0; i < 7; ++i) {
        const int number = seed + answer.codes[i % 4] + static_cast<int>(step * 31 + i * 17);
        answer.chunk[step][i] = static_cast<float>(number % 201 - 100) / 100;
      }
    }
  }

  Shared* shared_;
};

// The frame of an episode at a step.
Image Frame(const EpisodeSpec& episode, int step) {
  Image frame = {kFrameSize, kFrameSize, std::vector<uint8_t>(kFrameSize * kFrameSize * 3)};
  CounterRandom random = EpisodeRandom(episode, "test frame", step);
  for (uint8_t& byte : frame.rgb) byte = static_cast<uint8_t>(random.Bits());
  return frame;
}

EpisodeSpec Episode(int index) {
  return {.suite = "libero_goal", .init_index = index, .reset_index = index + 1};
}

class UniVlaPolicyTest : public testing::Test {
 protected:
  std::unique_ptr<UniVlaPolicy> Make(const UniVlaPolicyOptions& options = {}) {
    return std::make_unique<UniVlaPolicy>(std::make_unique<FakeModel>(model_), Words(),
                                          Statistics(), options);
  }

  // Acts for these slots, which play these episodes and stand at these steps.
  struct Player {
    int slot = 0;
    EpisodeSpec episode;
    int step = 0;
    std::vector<Action> actions;
  };
  static void Begin(UniVlaPolicy& policy, const Player& player) {
    policy.BeginEpisode(player.slot, player.episode, "open the drawer");
  }
  static void Act(UniVlaPolicy& policy, const std::vector<Player*>& players) {
    std::vector<Image> frames;
    frames.reserve(players.size());
    std::vector<PolicyInput> inputs;
    for (const Player* player : players) {
      frames.push_back(Frame(player->episode, player->step));
      PolicyInput& input = inputs.emplace_back();
      input.slot = player->slot;
      input.step = player->step;
      if (policy.NeedsFrames(player->slot)) input.frames = {&frames.back(), 1};
    }
    std::vector<Action> actions(players.size());
    policy.Act(inputs, actions);
    for (size_t i = 0; i < players.size(); ++i) {
      players[i]->actions.push_back(actions[i]);
      ++players[i]->step;
    }
  }

  // An episode by itself.
  std::vector<Action> Play(const EpisodeSpec& episode, const UniVlaPolicyOptions& options) {
    const auto policy = Make(options);
    Player player = {.episode = episode};
    Begin(*policy, player);
    while (player.step < kNumSteps) Act(*policy, {&player});
    return player.actions;
  }

  FakeModel::Shared model_;
};

const UniVlaPolicyOptions kSampled = {.decode = {.sample = true}};
const UniVlaPolicyOptions kChunked = {.decode = {.sample = true}, .act_mode = {.is_ensemble = false}};

TEST_F(UniVlaPolicyTest, AsksForTheCameraTheModelWants) {
  const std::vector<FrameSpec> frames = Make()->frames();
  ASSERT_EQ(frames.size(), 1);
  EXPECT_EQ(frames[0].camera, "agentview");
  EXPECT_EQ(frames[0].width, kFrameSize);
  EXPECT_EQ(frames[0].height, kFrameSize);
}

TEST_F(UniVlaPolicyTest, GivesTheModelTheTransformedFrame) {
  (void)Play(Episode(3), {});
  const ImageTransform transform(model_.info.images);
  ASSERT_EQ(model_.calls.size(), kNumSteps);
  EXPECT_EQ(model_.calls[4].images[0].rgb, transform.Apply(Frame(Episode(3), 4)).rgb);
}

TEST_F(UniVlaPolicyTest, GivesFramesAsTheyAreToModelsThatTakeThem) {
  model_.info.takes_frames = true;
  (void)Play(Episode(3), {});
  EXPECT_EQ(model_.calls[4].images[0].rgb, Frame(Episode(3), 4).rgb);
}

TEST_F(UniVlaPolicyTest, EnsembleTellsTheModelWhatItChoseBefore) {
  std::vector<std::vector<int>> codes;
  model_.change = [&codes](std::span<const ActionQuery>, std::span<ActionAnswer> answers) {
    codes.emplace_back(answers[0].codes.begin(), answers[0].codes.end());
  };
  (void)Play(Episode(0), kSampled);
  const Tokenizer tokenizer = Words();
  for (size_t step = 0; step < kNumSteps; ++step) {
    const std::vector<int> history = step == 0 ? std::vector<int>{} : codes[step - 1];
    EXPECT_EQ(model_.calls[step].prompts[0], PromptIds(tokenizer, "open the drawer", history));
  }
}

TEST_F(UniVlaPolicyTest, EnsembleAveragesPlans) {
  std::vector<ActionChunk> plans;
  model_.change = [&plans](std::span<const ActionQuery>, std::span<ActionAnswer> answers) {
    plans.push_back(answers[0].chunk);
  };
  const std::vector<Action> actions = Play(Episode(0), kSampled);
  ChunkEnsembler ensembler;
  const DatasetStatistics statistics = Statistics();
  for (size_t step = 0; step < kNumSteps; ++step) {
    EXPECT_EQ(actions[step],
              UnnormalizeAction(ensembler.Add(plans[step]), statistics.ForSuite("libero_goal")));
    EXPECT_THAT(actions[step][6], testing::AnyOf(-1, 0, 1));
  }
}

TEST_F(UniVlaPolicyTest, ChunkedPlaysAPlanToItsEnd) {
  std::vector<ActionChunk> plans;
  model_.change = [&plans](std::span<const ActionQuery>, std::span<ActionAnswer> answers) {
    plans.push_back(answers[0].chunk);
  };
  const std::vector<Action> actions = Play(Episode(0), kChunked);
  ASSERT_EQ(plans.size(), 3) << "for 30 steps of 12";
  for (size_t step = 0; step < kNumSteps; ++step) {
    const NetworkAction& planned = plans[step / kChunkLength][step % kChunkLength];
    EXPECT_NEAR(actions[step][0], planned[0], 1e-6);
  }
  const std::vector<int> prompt = PromptIds(Words(), "open the drawer", {});
  for (const FakeModel::Call& call : model_.calls) EXPECT_EQ(call.prompts[0], prompt);
}

TEST_F(UniVlaPolicyTest, TellsOfItsPlans) {
  const auto policy = Make(kChunked);
  Player player = {.episode = Episode(0)};
  Begin(*policy, player);
  EXPECT_EQ(policy->plan(0), nullptr);
  for (int step = 0; step < 14; ++step) {
    Act(*policy, {&player});
    const PolicyPlan* plan = policy->plan(0);
    ASSERT_NE(plan, nullptr);
    EXPECT_EQ(plan->codes.size(), kNumActTokens);
    EXPECT_EQ(plan->num_codes, 16);
    EXPECT_EQ(plan->age, step % kChunkLength);
    ASSERT_EQ(plan->actions.size(), kChunkLength);
    EXPECT_EQ(plan->actions[static_cast<size_t>(plan->age)], player.actions.back());
  }
  EXPECT_EQ(policy->plan(1), nullptr) << "nobody plays there";
}

TEST_F(UniVlaPolicyTest, TellsReasonsWhereTheyAreWanted) {
  model_.info.images.crop_area = 0.81;
  model_.change = [](std::span<const ActionQuery> queries, std::span<ActionAnswer> answers) {
    if (!queries[0].wants_reasons) return;
    answers[0].reasons.emplace();
    answers[0].reasons->probabilities.fill(std::vector<float>(16, 1.0F / 16));
    answers[0].reasons->attention = {0.1F, 0.2F, 0.3F, 0.4F};
  };
  const auto policy = Make();
  Player player = {.episode = Episode(0)};
  Begin(*policy, player);
  Act(*policy, {&player});
  EXPECT_FALSE(policy->plan(0)->attention);
  EXPECT_TRUE(policy->plan(0)->probabilities.empty());

  policy->TellReasons(true);
  Act(*policy, {&player});
  const PolicyPlan& plan = *policy->plan(0);
  ASSERT_EQ(plan.probabilities.size(), kNumActTokens);
  EXPECT_EQ(plan.probabilities[3].size(), 16);
  ASSERT_TRUE(plan.attention);
  EXPECT_EQ(plan.attention->rows, 2);
  EXPECT_EQ(plan.attention->columns, 2);
  EXPECT_DOUBLE_EQ(plan.attention->part, 0.9);
  EXPECT_THAT(plan.attention->weights, testing::ElementsAre(0.2F, 0.1F, 0.4F, 0.3F))
      << "networks see frames mirrored";
}

TEST_F(UniVlaPolicyTest, AsksForFramesOnlyToPlan) {
  const auto ensemble = Make(kSampled);
  const auto chunked = Make(kChunked);
  Player first = {.episode = Episode(0)};
  Player second = {.episode = Episode(0)};
  Begin(*ensemble, first);
  Begin(*chunked, second);
  for (int step = 0; step < kNumSteps; ++step) {
    EXPECT_TRUE(ensemble->NeedsFrames(0));
    EXPECT_EQ(chunked->NeedsFrames(0), step % kChunkLength == 0) << step;
    Act(*ensemble, {&first});
    Act(*chunked, {&second});
  }
}

// Slots, batches and the order of episodes must not matter.
TEST_F(UniVlaPolicyTest, ActsTheSameInEverySlotAndBatch) {
  for (const UniVlaPolicyOptions& options : {kSampled, kChunked}) {
    UniVlaPolicyOptions threaded = options;
    threaded.image_threads = 2;
    const auto policy = Make(threaded);
    std::vector<Player> players = {{.slot = 5, .episode = Episode(0)},
                                   {.slot = 0, .episode = Episode(1)},
                                   {.slot = 2, .episode = Episode(2)}};
    for (const Player& player : players) Begin(*policy, player);
    for (int round = 0; round < 3 * kNumSteps; ++round) {
      std::vector<Player*> batch;
      for (size_t i = 0; i < players.size(); ++i) {
        const bool is_ready = (static_cast<size_t>(round) * 5 / (i + 1)) % 3 != 0;
        if (players[i].step < kNumSteps && is_ready) batch.push_back(&players[i]);
      }
      if (round % 2 == 0) std::ranges::reverse(batch);
      if (!batch.empty()) Act(*policy, batch);
    }
    for (const Player& player : players) {
      EXPECT_EQ(player.actions, Play(player.episode, options)) << player.slot;
    }
  }
}

TEST_F(UniVlaPolicyTest, ForgetsTheEpisodeBefore) {
  for (const UniVlaPolicyOptions& options : {kSampled, kChunked}) {
    const auto policy = Make(options);
    Player player = {.episode = Episode(0)};
    Begin(*policy, player);
    while (player.step < 7) Act(*policy, {&player});
    player = {.episode = Episode(1)};
    Begin(*policy, player);
    while (player.step < kNumSteps) Act(*policy, {&player});
    EXPECT_EQ(player.actions, Play(Episode(1), options));
  }
}

TEST_F(UniVlaPolicyTest, SeedsGiveOtherTokens) {
  EpisodeSpec seeded = Episode(0);
  const std::vector<Action> actions = Play(seeded, kSampled);
  EXPECT_EQ(actions, Play(seeded, kSampled));
  const auto frames_of = [this](const EpisodeSpec& episode) {
    const auto policy = Make(kSampled);
    Player player = {.episode = episode};
    Begin(*policy, player);
    const Image frame = Frame(Episode(0), 0);
    PolicyInput input;
    input.frames = {&frame, 1};
    std::vector<std::array<double, kNumActTokens>> uniforms;
    model_.change = [&uniforms](std::span<const ActionQuery> queries, std::span<ActionAnswer>) {
      uniforms.push_back(queries[0].uniforms);
    };
    Action action{};
    policy->Act({&input, 1}, {&action, 1});
    return uniforms;
  };
  const auto first = frames_of(seeded);
  seeded.seed = 1;
  EXPECT_NE(frames_of(seeded), first);
}

// An Act that throws may be made again, with some of the slots only: it must leave no trace.
TEST_F(UniVlaPolicyTest, FailuresLeaveNoTrace) {
  for (const UniVlaPolicyOptions& options : {kSampled, kChunked}) {
    const auto policy = Make(options);
    std::vector<Player> players = {{.slot = 0, .episode = Episode(0)},
                                   {.slot = 1, .episode = Episode(1)}};
    for (const Player& player : players) Begin(*policy, player);
    for (int step = 0; step < kNumSteps; ++step) {
      model_.change = [](std::span<const ActionQuery>, std::span<ActionAnswer> answers) {
        answers.back().chunk.back()[6] = std::numeric_limits<float>::quiet_NaN();
      };
      if (policy->NeedsFrames(0)) {
        EXPECT_THROW(Act(*policy, {&players[0], &players[1]}), Error);
        EXPECT_TRUE(policy->NeedsFrames(0) && policy->NeedsFrames(1));
      }
      model_.change = nullptr;
      Act(*policy, {&players[0]});
      Act(*policy, {&players[1]});
    }
    for (const Player& player : players) EXPECT_EQ(player.actions, Play(player.episode, options));
  }
}

TEST_F(UniVlaPolicyTest, RefusesAnswersThatCannotBe) {
  const auto expect = [this](const std::function<void(ActionAnswer&)>& spoil, const char* part) {
    const auto policy = Make();
    Player player = {.episode = Episode(0)};
    Begin(*policy, player);
    model_.change = [&spoil](std::span<const ActionQuery>, std::span<ActionAnswer> answers) {
      spoil(answers[0]);
    };
    EXPECT_THAT([&] { Act(*policy, {&player}); },
                ThrowsMessage<Error>(AllOf(HasSubstr("open the drawer"), HasSubstr(part))));
  };
  expect([](ActionAnswer& answer) { answer.codes[2] = 16; }, "code 16, expected 0..15");
  expect([](ActionAnswer& answer) { answer.chunk.pop_back(); }, "11 actions, expected 12");
  expect([](ActionAnswer& answer) { answer.chunk[3][1] = 1.5F; },
         "number 1 of action 3 is 1.5, expected -1..1");
  expect([](ActionAnswer& answer) { answer.chunk[3][1] = std::nanf(""); }, "action 3 is nan");
}

TEST_F(UniVlaPolicyTest, RefusesFramesOfAnotherSize) {
  const auto policy = Make();
  Begin(*policy, {.episode = Episode(0)});
  const Image frame = {64, 64, std::vector<uint8_t>(64 * 64 * 3)};
  PolicyInput input;
  input.frames = {&frame, 1};
  Action action{};
  EXPECT_THAT(
      [&] {
        policy->Act({&input, 1}, {&action, 1});
      },
      ThrowsMessage<Error>(HasSubstr("expected 32x32")));
}

TEST_F(UniVlaPolicyTest, LooksHowTheFirstFrameStands) {
  const Image upright =
      ReadPng(std::filesystem::path(LIBERO_GOLDEN_DIR) / "frames/libero_spatial_5_3_agentview.png");
  const Image inverted = Flipped(upright);
  model_.info.images = {.frame_size = upright.width, .size = kSize};
  UniVlaPolicyOptions options;
  const auto act = [&](UniVlaPolicy& policy, const Image& frame) {
    PolicyInput input;
    input.frames = {&frame, 1};
    Action action{};
    Begin(policy, {.episode = Episode(0)});
    policy.Act({&input, 1}, {&action, 1});
  };
  const auto policy = Make(options);
  EXPECT_THAT([&] { act(*policy, inverted); },
              ThrowsMessage<Error>(HasSubstr("stands on its head")));
  act(*policy, upright);
  act(*policy, inverted);  // once is enough
  options.check_orientation = false;
  act(*Make(options), inverted);
}

TEST_F(UniVlaPolicyTest, ChecksBeforeARun) {
  const auto policy = Make();
  policy->CheckSuite("libero_goal_swap");
  EXPECT_THAT([&] { policy->CheckSuite("libero_10"); },
              ThrowsMessage<Error>(HasSubstr("there are: libero_goal_no_noops")));
  EXPECT_THAT([&] { Begin(*policy, {.episode = {.suite = "libero_10"}}); },
              ThrowsMessage<Error>(HasSubstr("no action statistics")));
  EXPECT_THAT([&] { (void)Make({.statistics_key = "bridge"}); },
              ThrowsMessage<Error>(HasSubstr("no action statistics 'bridge'")));
  Make({.statistics_key = "libero_goal_no_noops"})->CheckSuite("libero_10");
  EXPECT_THAT([&] { (void)Make({.decode = {.temperature = -1}}); },
              ThrowsMessage<Error>(HasSubstr("temperature -1")));
  EXPECT_THAT([&] { (void)Make({.image_threads = 0}); },
              ThrowsMessage<Error>(HasSubstr("0 threads")));
}

TEST_F(UniVlaPolicyTest, RefusesTheVocabularyOfAnotherModel) {
  model_.info.num_rows = 32064;
  EXPECT_THAT([&] { (void)Make(); },
              ThrowsMessage<Error>(AllOf(HasSubstr("wrong vocabulary"), HasSubstr("32064"))));
  model_.info.num_rows = 320;
  model_.info.first_act_id = 256;
  EXPECT_THAT([&] { (void)Make(); },
              ThrowsMessage<Error>(HasSubstr("16 latent-action tokens from 257 on and 320 rows, "
                                             "the model 16 from 256 on and 320")));
}

TEST_F(UniVlaPolicyTest, IsLoadedFromAFolder) {
  const TestFolder folder;
  const auto load = [&] {
    return LoadUniVlaPolicy(folder.path(), std::make_unique<FakeModel>(model_), {});
  };
  EXPECT_THAT(load, ThrowsMessage<Error>(HasSubstr("no tokenizer")));
  WriteWords(folder / "words.txt", PromptWords(std::vector<std::string>{"open the drawer"}));
  EXPECT_THAT(load, ThrowsMessage<Error>(HasSubstr("dataset_statistics.json")));
  std::ofstream(folder / "dataset_statistics.json")
      << json{{"libero_goal", StatisticsJson(Statistics().ForSuite("libero_goal"))}};
  load()->CheckSuite("libero_goal");
}

TEST_F(UniVlaPolicyTest, SaysWhatItIs) {
  EXPECT_EQ(Make(kChunked)->description(), "fake, sample, chunked");
}

// In real environments, and with the frames that a renderer draws there.
TEST_F(UniVlaPolicyTest, EpisodesEndTheSameInAnyNumberOfSlots) {
  const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
  SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
  FakeRendering rendering;
  std::vector<EpisodeSpec> episodes;
  for (int i = 0; i < 4; ++i) episodes.push_back(Episode(i));
  const auto run = [&](int num_slots) {
    const auto policy = Make(kSampled);
    RolloutOptions options = {.num_slots = num_slots, .num_threads = 2};
    options.protocol = FindProtocol("univla");
    options.protocol.settle_steps = 2;
    SetMaxSteps(options.protocol, 5);
    options.make_renderer = rendering.factory();
    std::map<int, uint64_t> hashes;
    (void)RunEpisodes(episodes, suites, store, *policy, options, [&](const EpisodeResult& result) {
      EXPECT_EQ(result.error, "");
      hashes[result.spec.init_index] = result.final_state_hash;
    });
    return hashes;
  };
  const auto hashes = run(1);
  EXPECT_EQ(hashes.size(), episodes.size());
  EXPECT_EQ(run(3), hashes);
}

}  // namespace
}  // namespace libero
