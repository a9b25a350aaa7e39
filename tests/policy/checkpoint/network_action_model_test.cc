#include "policy/checkpoint/network_action_model.h"

#include <algorithm>
#include <array>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/channel_scale.h"
#include "policy/checkpoint/action_models.h"
#include "policy/nn/device.h"
#include "policy/nn/presets.h"
#include "policy/special_tokens.h"
#include "sim/base/check.h"
#include "sim/base/counter_random.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr uint64_t kSeed = 3;
// of "tiny"
constexpr int kSize = 96;
constexpr int kNumPatches = 36;
constexpr int kChunk = 20;
// of numbers in -1..1: sums of float32 in another order, as the size of a batch decides
constexpr float kTolerance = 1e-5F;

// Queries with pictures of noise, and prompts of lengths 9, 14, 19, ….
class Queries {
 public:
  explicit Queries(size_t count, int size = kSize) : images_(count), prompts_(count) {
    CounterRandom random("queries");
    for (size_t i = 0; i < count; ++i) {
      images_[i] = {size, size, std::vector<uint8_t>(static_cast<size_t>(3 * size * size))};
      for (uint8_t& value : images_[i].rgb) value = static_cast<uint8_t>(random.Bits() % 256);
      prompts_[i] = {SpecialTokens::kBegin};
      while (prompts_[i].size() < 9 + 5 * i) {
        prompts_[i].push_back(static_cast<int>(random.Bits() % 256));
      }
      ActionQuery& query = list.emplace_back();
      query.image = &images_[i];
      query.prompt = prompts_[i];
      for (double& uniform : query.uniforms) uniform = random.Uniform(0, 1);
    }
  }
  std::vector<ActionQuery> list;

 private:
  std::vector<Image> images_;
  std::vector<std::vector<int>> prompts_;
};

std::vector<ActionAnswer> Ask(ActionModel& model, std::span<const ActionQuery> queries,
                              const DecodeOptions& decode) {
  std::vector<ActionAnswer> answers(queries.size());
  model.Predict(queries, decode, answers);
  return answers;
}

void ExpectNear(const ActionAnswer& answer, const ActionAnswer& expected) {
  EXPECT_EQ(answer.codes, expected.codes);
  ASSERT_EQ(answer.chunk.size(), expected.chunk.size());
  for (size_t step = 0; step < answer.chunk.size(); ++step) {
    EXPECT_THAT(answer.chunk[step],
                testing::Pointwise(testing::FloatNear(kTolerance), expected.chunk[step]));
  }
}

std::unique_ptr<ActionModel> MakeTiny(const std::string& quirks = "") {
  return MakeRandomActionModel("tiny", kSeed, {.device = "cpu", .quirks = quirks});
}

// One that answers as on a GPU.
std::unique_ptr<ActionModel> MakeTinyInBatches() {
  return MakeRandomActionModel("tiny", kSeed, {.device = "cpu", .in_batches = true});
}

// What the networks answer to one query, by the shortest way, and why.
ActionAnswer Reference(const PolicyNetworks& networks, const ActionQuery& query,
                       const DecodeOptions& decode, int64_t first_visual_state) {
  const c10::NoGradGuard no_grad;
  const std::array scales = {kImageNetScale, kSigLipScale};
  const at::Tensor pixels = at::empty({1, 6, kSize, kSize}, at::kFloat);
  NormalizeImage(*query.image, scales, {pixels.mutable_data_ptr<float>(), 6 * kSize * kSize});
  const std::vector<int64_t> prompt(query.prompt.begin(), query.prompt.end());
  const auto length = static_cast<int64_t>(prompt.size());
  AnswerReasons reasons;
  const auto choose = [&](const at::Tensor& logits, int64_t place) {
    const at::Tensor probabilities = logits[0].softmax(0);
    for (int64_t i = 0; i < 16; ++i) {
      reasons.probabilities.at(static_cast<size_t>(place))
          .push_back(probabilities[i].item<float>());
    }
    const std::span<const float> row(logits.const_data_ptr<float>(), 16);
    const auto uniform = query.uniforms.at(static_cast<size_t>(place));
    return at::tensor({ChooseCode(row, decode, uniform)}, at::kLong);
  };
  KvCache cache = networks.vla->MakeCache(1, length);
  const VlaAnswer raw = networks.vla->Answer(pixels, at::tensor(prompt, at::kLong).view({1, -1}),
                                             at::tensor({length}, at::kLong), choose, &cache);
  const at::Tensor visual = raw.prompt.narrow(1, first_visual_state, kNumPatches);
  at::Tensor proprio = at::empty({1, kProprioDim});
  std::ranges::copy(query.proprio, proprio.mutable_data_ptr<float>());
  const at::Tensor chunk = networks.decoder->forward(raw.latent, visual, proprio);
  ActionAnswer answer;
  const at::Tensor attention = networks.decoder->VisualAttention(visual, proprio)[0];
  for (int64_t patch = 0; patch < kNumPatches; ++patch) {
    const int64_t state = patch + 1 - first_visual_state;  // the first one may be that of <s>
    reasons.attention.push_back(state < kNumPatches ? attention[state].item<float>() : 0);
  }
  answer.reasons = reasons;
  for (size_t i = 0; i < kNumActTokens; ++i) {
    answer.codes[i] = raw.tokens[0][static_cast<int64_t>(i)].item<int>();
  }
  answer.chunk.resize(kChunk);
  std::copy_n(chunk.contiguous().const_data_ptr<float>(), kChunk * 7, answer.chunk[0].data());
  return answer;
}

// The second time steps are recorded, the third time they are launched from the recording.
TEST(NetworkActionModelTest, AnswersOnAGpuStayTheSame) {
  if (const std::string why_not = WhyNoCuda(); !why_not.empty()) GTEST_SKIP() << why_not;
  const std::unique_ptr<ActionModel> model =
      MakeRandomActionModel("tiny", kSeed, {.device = "cuda:0"});
  const ActionModelInfo& info = model->info();
  const Queries queries(5, info.takes_frames ? info.images.frame_size : info.images.size);
  const std::vector<ActionAnswer> first = Ask(*model, queries.list, {});
  for (int again = 0; again < 3; ++again) {
    const std::vector<ActionAnswer> answers = Ask(*model, queries.list, {});
    for (size_t i = 0; i < answers.size(); ++i) ExpectNear(answers[i], first[i]);
  }
}

TEST(NetworkActionModelTest, AnswersWhatTheNetworksDo) {
  const PolicyNetworks networks = MakePolicyNetworks(FindPreset("tiny"), at::kCPU, kSeed);
  const Queries queries(1);
  for (const bool sample : {false, true}) {
    const DecodeOptions decode{.sample = sample};
    ExpectNear(Ask(*MakeTiny("fixed"), queries.list, decode)[0],
               Reference(networks, queries.list[0], decode, 1));
    ExpectNear(Ask(*MakeTiny("compat"), queries.list, decode)[0],
               Reference(networks, queries.list[0], decode, 0));
  }
}

TEST(NetworkActionModelTest, TellsItsReasonsToQueriesThatWantThem) {
  Queries queries(2);
  queries.list[1].wants_reasons = true;
  const DecodeOptions decode = ParseDecode("greedy");
  const PolicyNetworks networks = MakePolicyNetworks(FindPreset("tiny"), at::kCPU, kSeed);
  for (const auto& [quirks, first_visual_state] : {std::pair{"compat", 0}, std::pair{"fixed", 1}}) {
    for (const bool in_batches : {false, true}) {
      const std::unique_ptr<ActionModel> model = MakeRandomActionModel(
          "tiny", kSeed, {.device = "cpu", .quirks = quirks, .in_batches = in_batches});
      const std::vector<ActionAnswer> answers = Ask(*model, queries.list, decode);
      EXPECT_FALSE(answers[0].reasons);
      ASSERT_TRUE(answers[1].reasons);
      const ActionAnswer expected =
          Reference(networks, queries.list[1], decode, first_visual_state);
      for (size_t i = 0; i < kNumActTokens; ++i) {
        EXPECT_THAT(
            answers[1].reasons->probabilities[i],
            testing::Pointwise(testing::FloatNear(kTolerance), expected.reasons->probabilities[i]));
      }
      EXPECT_THAT(answers[1].reasons->attention,
                  testing::Pointwise(testing::FloatNear(kTolerance), expected.reasons->attention));
    }
  }
}

TEST(ActionDecoderTest, AttentionSumsToOne) {
  const c10::NoGradGuard no_grad;
  const PolicyNetworks networks = MakePolicyNetworks(FindPreset("tiny"), at::kCPU, kSeed);
  const int64_t dim = networks.config.action_decoder.input_dim;
  const at::Tensor visual = at::linspace(-1, 1, 2 * 5 * dim).view({2, 5, dim});
  const at::Tensor attention = networks.decoder->VisualAttention(visual, {});
  EXPECT_EQ(attention.sizes(), (at::IntArrayRef{2, 5}));
  EXPECT_TRUE(attention.sum(1).allclose(at::ones({2})));
  EXPECT_TRUE((attention >= 0).all().item<bool>());
}

TEST(NetworkActionModelTest, AnswersOnACpuDependOnTheirQueriesAlone) {
  const auto model = MakeTiny();
  const auto in_threads = MakeRandomActionModel("tiny", kSeed, {.device = "cpu", .num_threads = 3});
  const Queries queries(5);
  for (const bool sample : {false, true}) {
    const DecodeOptions decode{.sample = sample};
    const std::vector<ActionAnswer> together = Ask(*in_threads, queries.list, decode);
    for (size_t i = 0; i < queries.list.size(); ++i) {
      const ActionAnswer alone = Ask(*model, {&queries.list[i], 1}, decode)[0];
      EXPECT_EQ(alone.codes, together[i].codes);
      EXPECT_EQ(alone.chunk, together[i].chunk) << "to the last bit";
    }
  }
}

TEST(NetworkActionModelTest, ABatchEqualsItsQueriesOneAtATime) {
  const auto model = MakeTinyInBatches();
  Queries queries(5);
  for (const bool sample : {false, true}) {
    const DecodeOptions decode{.sample = sample};
    const std::vector<ActionAnswer> together = Ask(*model, queries.list, decode);
    for (size_t i = 0; i < queries.list.size(); ++i) {
      ExpectNear(Ask(*model, {&queries.list[i], 1}, decode)[0], together[i]);
    }
    EXPECT_NE(together[0].chunk, together[1].chunk);
    std::vector<ActionQuery> reversed(queries.list.rbegin(), queries.list.rend());
    const std::vector<ActionAnswer> back = Ask(*model, reversed, decode);
    for (size_t i = 0; i < back.size(); ++i) ExpectNear(back[i], together[4 - i]);
  }
}

TEST(NetworkActionModelTest, LargeBatchesAreAnsweredInParts) {
  const auto model = MakeTinyInBatches();
  const Queries few(3);
  std::vector<ActionQuery> many;
  while (many.size() < 70) many.push_back(few.list[many.size() % 3]);
  const std::vector<ActionAnswer> answers = Ask(*model, many, {});
  for (size_t i = 0; i < many.size(); ++i) {
    ExpectNear(answers[i], Ask(*model, {&many[i], 1}, {})[0]);
  }
}

TEST(NetworkActionModelTest, SaysWhatItIs) {
  const auto model = MakeTiny();
  const ActionModelInfo& info = model->info();
  EXPECT_EQ(info.description, "tiny with random weights, float32 on cpu, fixed");
  EXPECT_EQ(info.images.frame_size, 128);
  EXPECT_EQ(info.images.size, kSize);
  EXPECT_EQ(info.first_act_id, 257);
  EXPECT_EQ(info.chunk_length, kChunk);
}

TEST(NetworkActionModelTest, MeasuresItsStages) {
  const Queries queries(2);
  for (const bool in_batches : {false, true}) {
    const auto model = in_batches ? MakeTinyInBatches() : MakeTiny();
    StageTimes times;
    model->MeasureStages(&times);
    (void)Ask(*model, queries.list, {});
    for (const double StageTimes::*stage :
         {&StageTimes::preprocessing, &StageTimes::vision, &StageTimes::prompt, &StageTimes::decode,
          &StageTimes::action_decoder}) {
      EXPECT_GT(times.*stage, 0);
    }
    const StageTimes before = times;
    model->MeasureStages(nullptr);
    (void)Ask(*model, queries.list, {});
    EXPECT_EQ(times.vision, before.vision);
  }
}

TEST(NetworkActionModelTest, RefusesWhatItCannotBe) {
  EXPECT_THAT([] { (void)MakeRandomActionModel("tinny", 0, {}); },
              ThrowsMessage<Error>(HasSubstr("did you mean 'tiny'?")));
  EXPECT_THAT([] { (void)MakeRandomActionModel("tiny", 0, {.device = "gpu"}); },
              ThrowsMessage<Error>(HasSubstr("expected the device auto, cpu, cuda or cuda:N")));
  EXPECT_THAT([] { (void)MakeTiny("none"); },
              ThrowsMessage<Error>(HasSubstr("unknown set of quirks 'none'")));
  EXPECT_THAT([] { (void)MakeRandomActionModel("tiny", 0, {.device = "cpu", .num_threads = 0}); },
              ThrowsMessage<Error>(HasSubstr("0 threads for networks, expected at least 1")));
  EXPECT_THAT([] { (void)LoadActionModel("/nonexistent", {.device = "cpu"}); },
              ThrowsMessage<Error>(HasSubstr("/nonexistent/config.json")));
  ModelConfig config = FindPreset("tiny");
  config.vla.tokens_per_action = 3;
  EXPECT_THAT(
      [&] { NetworkActionModel(MakePolicyNetworks(config, at::kCPU, 0), at::kCPU, "three", {}); },
      ThrowsMessage<Error>(HasSubstr("vla: tokens_per_action: expected 4, got 3")));
}

}  // namespace
}  // namespace libero
