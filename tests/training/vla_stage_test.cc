#include "training/vla_stage.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/prompt.h"
#include "policy/word_vocabulary.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/policy/nn/recorded.h"
#include "tests/policy/nn/small_vla.h"
#include "tests/test_folder.h"
#include "tests/training/formula_batches.h"
#include "tests/training/small_training.h"
#include "training/pictures.h"
#include "training/windows.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class VlaStageTest : public testing::Test {
 protected:
  VlaStageTest() {
    for (size_t d = 0; d < set_.demos.size(); ++d) data_.statistics.push_back(&statistics_);
  }

  [[nodiscard]] static PolicyNetworks MakeNetworks() {
    return MakePolicyNetworks(SmallModel(2), at::kCPU, 7);
  }

  // As many samples as there are examples, from a position on.
  [[nodiscard]] static std::vector<Sample> AllSamples(const Stage& stage, int64_t position) {
    std::vector<Sample> samples;
    for (int64_t i = 0; i < stage.num_examples(); ++i) {
      samples.push_back({.position = position + i, .example = i});
    }
    return samples;
  }

  // Each row's state: the tenth of its number, eight times.
  [[nodiscard]] VlaData WithProprio() const {
    VlaData data = data_;
    for (int64_t row = 0; row < set_.num_rows(); ++row) {
      data.proprio.emplace_back().fill(static_cast<float>(row) / 10);
    }
    return data;
  }

  // The row of a batch that this prompt would be.
  static void ExpectRow(const Batch& batch, int64_t row, const LabelledPrompt& prompt) {
    const auto length = static_cast<int64_t>(prompt.ids.size());
    ASSERT_GE(batch.ids.size(1), length);
    for (int64_t i = 0; i < batch.ids.size(1); ++i) {
      const bool is_there = i < length;
      const auto place = static_cast<size_t>(i);
      EXPECT_EQ(batch.ids[row][i].item<int64_t>(),
                is_there ? prompt.ids[place] : WordVocabulary::kSize);
      EXPECT_EQ(batch.labels[row][i].item<int64_t>(),
                is_there ? prompt.labels[place] : kIgnoredLabel);
    }
  }

  TestFolder folder_;
  TrainingSet set_ = MakeSmallSet(folder_.path(), {4, 2});
  ActionStatistics statistics_ = StatisticsOf(set_);
  Tokenizer tokenizer_ = MakeTokenizer(set_);
  LatentLabels labels_{
      set_,
      FormulaIds("codes", {6 + 2 * LatentLabels::kStepsBefore, kNumActTokens}, 16).to(at::kByte)};
  VlaData data_ = {.set = &set_, .labels = &labels_, .tokenizer = &tokenizer_};
};

// Ten steps of fine-tuning beside PyTorch's, timm's, transformers', PEFT's and UniVLA's own code.
TEST_F(VlaStageTest, LossesAndGradientNormsAreTheReferences) {
  constexpr double kRecordedTolerance = 1e-4;  // relative; AdamW enlarges what differs by rounding
  const std::map<std::string, int64_t> ranks = {{"fixed", 0}, {"compat", 0}, {"lora", 2}};
  for (const auto& [name, rank] : ranks) {
    PolicyNetworks networks;
    networks.config.vla = SmallVla();
    networks.config.action_decoder = {.input_dim = 32, .dim = 24, .heads = 3};
    networks.vla = std::make_unique<UniVla>(networks.config.vla, at::kFloat);
    networks.decoder = std::make_unique<ActionDecoder>(networks.config.action_decoder, at::kFloat);
    FillByFormula(networks.vla.get());
    FillByFormula(networks.decoder.get());
    const Recipe recipe = {.steps = 10,
                           .batch_size = FormulaBatches::kBatchSize,
                           .learning_rate = 1e-3,
                           .schedule = "step",
                           .weight_decay = 1e-2,
                           .clip_norm = 1,
                           .lora_rank = rank};
    VlaStage stage(&networks, data_, true, recipe, ParseQuirks(name == "compat" ? name : "fixed"),
                   7);
    FillByFormula(networks.vla.get());  // the adapters too
    FormulaBatches on_formula(&stage);
    EXPECT_TRUE(TrainIn(folder_ / name, &on_formula, recipe));

    const at::Tensor recorded = Recorded("training", name);
    int64_t column = 0;
    for (const char* number : {"loss", "cross_entropy", "l1", "gradient_norm"}) {
      const std::vector<double> values = ReadMetric(folder_ / name, number);
      ASSERT_EQ(values.size(), 10U);
      for (int64_t step = 0; step < 10; ++step) {
        const double expected = recorded[step][column].item<double>();
        EXPECT_NEAR(values[static_cast<size_t>(step)], expected, kRecordedTolerance * expected)
            << name << ", " << number << " of step " << step;
      }
      ++column;
    }
  }
}

TEST_F(VlaStageTest, MakesPromptsAndPlans) {
  PolicyNetworks networks = MakeNetworks();
  const Recipe recipe = {.augment = false, .history_share = 0};
  const VlaStage stage(&networks, data_, true, recipe, ParseQuirks("fixed"), 7);
  ASSERT_EQ(stage.num_examples(), 6);
  const Batch batch = stage.MakeBatch(AllSamples(stage, 0));
  EXPECT_THAT(batch.pictures.sizes(), ElementsAre(6, 3, 56, 56));
  EXPECT_THAT(batch.actions.sizes(), ElementsAre(6, 12, 7));
  for (int64_t row = 0; row < 6; ++row) {
    const size_t demo = row < 4 ? 0 : 1;
    const TrainingDemo& entry = set_.demos[demo];
    const auto step = static_cast<int>(row - entry.first);
    EXPECT_TRUE(at::equal(batch.pictures[row], CentredPictures(set_, row, 1)[0]));
    ExpectRow(batch, row,
              MakeLabelledPrompt(tokenizer_, entry.instruction, {},
                                 labels_.At(demo, {step, entry.count - 1})));
    for (int i = 0; i < 12; ++i) {
      Action action{};
      action.back() = set_.ActionsOf(entry).back().back();  // it stands still
      if (step + i < entry.count) action = set_.ActionsOf(entry)[static_cast<size_t>(step + i)];
      const NetworkAction expected = NormalizeAction(action, statistics_);
      for (size_t k = 0; k < 7; ++k) {
        EXPECT_EQ(batch.actions[row][i][static_cast<int64_t>(k)].item<float>(), expected[k]);
      }
    }
  }
}

TEST_F(VlaStageTest, TellsHalfOfThePromptsWhatWasBefore) {
  PolicyNetworks networks = MakeNetworks();
  const VlaStage stage(&networks, data_, true, {.augment = false}, ParseQuirks("fixed"), 7);
  constexpr int64_t kCount = 400;
  std::vector<Sample> samples;
  for (int64_t i = 0; i < kCount; ++i) samples.push_back({.position = i, .example = 1 + i % 3});
  const Batch batch = stage.MakeBatch(samples);
  const at::Tensor num_acts = (batch.ids > WordVocabulary::kSize).sum(1);
  const int64_t num_with = (num_acts == 8).sum().item<int64_t>();
  EXPECT_EQ((num_acts == 4).sum().item<int64_t>(), kCount - num_with);
  EXPECT_NEAR(static_cast<double>(num_with), 200, 40) << "4 deviations";
  EXPECT_TRUE(at::equal((batch.labels != kIgnoredLabel).sum(1), at::full({kCount}, 5, at::kLong)));

  // all of them, but for the first step, before which there is nothing
  const VlaStage always(&networks, data_, true, {.augment = false, .history_share = 1},
                        ParseQuirks("fixed"), 7);
  const Batch all = always.MakeBatch(AllSamples(always, 0));
  ExpectRow(all, 0, MakeLabelledPrompt(tokenizer_, "task 0", {}, labels_.At(0, {0, 3})));
  ExpectRow(all, 2,
            MakeLabelledPrompt(tokenizer_, "task 0", labels_.At(0, {1, 3}), labels_.At(0, {2, 3})));
  ExpectRow(all, 5,
            MakeLabelledPrompt(tokenizer_, "task 1", labels_.At(1, {0, 1}), labels_.At(1, {1, 1})));
}

// Each example's random choices are by its place in the order, whatever else is in its batch.
TEST_F(VlaStageTest, ChancesAreOfThePosition) {
  PolicyNetworks networks = MakeNetworks();
  const VlaStage stage(&networks, data_, true, {.augment = true}, ParseQuirks("fixed"), 7);
  const Batch batch = stage.MakeBatch(AllSamples(stage, 100));
  const Batch one = stage.MakeBatch({{.position = 103, .example = 3}});
  EXPECT_TRUE(at::equal(one.pictures[0], batch.pictures[3]));
  EXPECT_TRUE(at::equal(one.ids[0], batch.ids[3].slice(0, 0, one.ids.size(1))));
  const Batch other = stage.MakeBatch({{.position = 104, .example = 3}});
  EXPECT_FALSE(at::equal(other.pictures[0], batch.pictures[3]));
}

TEST_F(VlaStageTest, LearnsABatchByHeart) {
  Recipe recipe = {.steps = 300,
                   .batch_size = 6,
                   .learning_rate = 5e-3,
                   .schedule = "cosine",
                   .warmup_steps = 10,
                   .augment = false,
                   .history_share = 0,
                   .action_weight = 4,
                   .keyframe_weight = 1};
  for (const bool with_actions : {false, true}) {
    const std::string name = with_actions ? "finetune" : "vla";
    PolicyNetworks networks = MakeNetworks();
    VlaStage stage(&networks, WithProprio(), with_actions, recipe, ParseQuirks("fixed"), 7);
    EXPECT_TRUE(TrainIn(folder_ / name, &stage, recipe));
    const std::vector<double> cross_entropy = ReadMetric(folder_ / name, "cross_entropy");
    constexpr double kUnknown = 2;  // ln 16 is 2.8; a fifth of the tokens is the end
    constexpr double kLearnt = 0.05;
    EXPECT_GT(cross_entropy.front(), kUnknown) << name;
    EXPECT_LT(cross_entropy.back(), kLearnt) << name;
    EXPECT_EQ(ReadMetric(folder_ / name, "accuracy").back(), 1) << name;
    EXPECT_LT(ReadMetric(folder_ / name, "keyframe_l1").back(), kLearnt) << name;
    if (!with_actions) continue;
    EXPECT_LT(ReadMetric(folder_ / name, "l1").back(), kLearnt);
  }
}

// What the labels tell of the future does not get to the actions.
TEST_F(VlaStageTest, ActionsAreLearntBehindOwnAnswers) {
  for (const bool own_answers : {true, false}) {
    PolicyNetworks networks = MakeNetworks();
    const Recipe recipe = {.augment = false, .history_share = 0, .own_answers = own_answers};
    const VlaStage stage(&networks, data_, true, recipe, ParseQuirks("fixed"), 7);
    Batch batch = stage.MakeBatch(AllSamples(stage, 0));
    const auto l1 = [&] {
      return stage.Loss(batch).parts.back().value.item<float>();
    };
    const float before = l1();
    const at::Tensor is_answer = batch.labels != kIgnoredLabel;
    batch.ids = at::where(is_answer, at::full_like(batch.ids, 3), batch.ids);
    EXPECT_EQ(l1() == before, own_answers);
  }
}

// What no picture shows: two rows that look the same are told apart by the robot's state.
TEST_F(VlaStageTest, TheRobotsStateGetsToTheActions) {
  PolicyNetworks networks = MakeNetworks();
  networks.config.action_decoder.proprio_dim = kProprioDim;
  networks.decoder = std::make_unique<ActionDecoder>(networks.config.action_decoder, at::kFloat);
  FillByFormula(networks.decoder.get());
  const Recipe recipe = {.augment = false, .history_share = 0};
  const VlaStage stage(&networks, WithProprio(), true, recipe, ParseQuirks("fixed"), 7);
  Batch batch = stage.MakeBatch(AllSamples(stage, 0));
  EXPECT_FLOAT_EQ(batch.proprio[3][7].item<float>(), 0.3F);
  const float before = stage.Loss(batch).parts.back().value.item<float>();
  batch.proprio = batch.proprio + 1;
  EXPECT_NE(stage.Loss(batch).parts.back().value.item<float>(), before);
}

TEST_F(VlaStageTest, KeyframesAreWhereTheHandWillBe) {
  PolicyNetworks networks = MakeNetworks();
  const VlaStage stage(&networks, WithProprio(), false, {.augment = false, .keyframe_weight = 1},
                       ParseQuirks("fixed"), 7);
  const Batch batch = stage.MakeBatch(AllSamples(stage, 0));
  EXPECT_THAT(batch.keyframes.sizes(), ElementsAre(6, 3));
  for (size_t d = 0; d < set_.demos.size(); ++d) {
    const TrainingDemo& demo = set_.demos[d];
    for (int step = 0; step < demo.count; ++step) {
      const int64_t row = demo.first + NextKeyframe(set_.ActionsOf(demo), step);
      EXPECT_FLOAT_EQ(batch.keyframes[demo.first + step][2].item<float>(),
                      static_cast<float>(row) / 10);
    }
  }
}

TEST_F(VlaStageTest, TowersCanStayAsTheyAre) {
  PolicyNetworks networks = MakeNetworks();
  const Recipe recipe = {.augment = false, .freeze_towers = true};
  VlaStage stage(&networks, data_, true, recipe, ParseQuirks("fixed"), 7);
  int num_projector = 0;
  for (const NamedTensor& parameter : stage.parameters()) {
    EXPECT_FALSE(parameter.name.starts_with("vision_backbone.")) << parameter.name;
    num_projector += parameter.name.starts_with("projector.") ? 1 : 0;
  }
  EXPECT_EQ(num_projector, 6);
  stage.Loss(stage.MakeBatch(AllSamples(stage, 0))).total.backward();
  for (const NamedTensor& parameter : stage.parameters()) {
    EXPECT_TRUE(parameter.tensor->grad().defined() || parameter.name.find("latents") == 0)
        << parameter.name;
  }
}

TEST_F(VlaStageTest, AdaptersLearnAndNothingElseOfTheVla) {
  PolicyNetworks networks = MakeNetworks();
  const Recipe recipe = {.steps = 2, .batch_size = 6, .learning_rate = 1e-2, .lora_rank = 2};
  VlaStage stage(&networks, data_, true, recipe, ParseQuirks("fixed"), 7);
  std::set<std::string> layers;
  std::map<std::string, at::Tensor> before;
  for (const NamedTensor& parameter : stage.parameters()) {
    const size_t at = parameter.name.find(".lora_");
    if (at != std::string::npos) layers.insert(parameter.name.substr(0, at));
    EXPECT_TRUE(at != std::string::npos || parameter.name.starts_with("action_decoder."));
  }
  EXPECT_EQ(layers.size(), 49U) << "of 2 towers, projector and language model, as PEFT chooses";
  for (const NamedTensor& parameter : networks.vla->parameters()) {
    before[parameter.name] = parameter.tensor->detach().clone();
  }
  EXPECT_TRUE(TrainIn(folder_ / "lora", &stage, recipe));
  std::set<std::string> changed;
  for (const NamedTensor& parameter : networks.vla->parameters()) {
    if (at::equal(*parameter.tensor, before[parameter.name])) continue;
    changed.insert(parameter.name);
    EXPECT_THAT(parameter.name, HasSubstr(".lora_"));
  }
  EXPECT_TRUE(changed.contains("language_model.lm_head.lora_B.weight"));
  EXPECT_TRUE(changed.contains("vision_backbone.featurizer.patch_embed.proj.lora_A.weight"));

  // what they do can be put into the weights
  constexpr double kMergedTolerance = 1e-5;
  const Batch batch = stage.MakeBatch(AllSamples(stage, 0));
  const double loss = stage.Loss(batch).total.item<double>();
  stage.Finish();
  EXPECT_NEAR(stage.Loss(batch).total.item<double>(), loss, kMergedTolerance * loss);
  for (const NamedTensor& parameter : networks.vla->parameters()) {
    if (!parameter.name.ends_with(".lora_B.weight")) continue;
    EXPECT_EQ(parameter.tensor->count_nonzero().item<int64_t>(), 0) << parameter.name;
  }

  // and not even they have to learn
  PolicyNetworks frozen = MakeNetworks();
  VlaStage decoder_only(&frozen, data_, true, {.lora_rank = 2, .freeze_vla = true},
                        ParseQuirks("fixed"), 7);
  for (const NamedTensor& parameter : decoder_only.parameters()) {
    EXPECT_TRUE(parameter.name.starts_with("action_decoder.")) << parameter.name;
  }
}

// Parts of a batch on replicas have the gradients of the whole, with adapters and without.
TEST_F(VlaStageTest, ReplicasMakeTheWholeBatch) {
  constexpr double kOrderTolerance = 1e-4;
  for (const int64_t rank : {0, 2}) {
    std::map<int, std::vector<double>> norms;
    for (const int num_replicas : {1, 2}) {
      const Recipe recipe = {.steps = 3,
                             .batch_size = 6,
                             .learning_rate = 1e-3,
                             .keyframe_weight = 1,
                             .lora_rank = rank};
      PolicyNetworks networks = MakeNetworks();
      VlaStage stage(&networks, WithProprio(), true, recipe, ParseQuirks("fixed"), 7);
      const std::string name = fmt::format("{} {}", rank, num_replicas);
      EXPECT_TRUE(TrainIn(folder_ / name, &stage, recipe, num_replicas));
      norms[num_replicas] = ReadMetric(folder_ / name, "gradient_norm");
    }
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(norms[2][i], norms[1][i], kOrderTolerance * norms[1][i]) << rank << " " << i;
    }
  }
}

// compat: 95 of 100 demonstrations.
TEST_F(VlaStageTest, CompatLeavesDemonstrationsOut) {
  const TrainingSet set = MakeSmallSet(folder_.path(), std::vector<int>(20, 1));
  VlaData data = data_;
  data.set = &set;
  PolicyNetworks networks = MakeNetworks();
  EXPECT_EQ(VlaStage(&networks, data, false, {}, ParseQuirks("compat"), 7).num_examples(), 19);
  EXPECT_EQ(VlaStage(&networks, data, false, {}, ParseQuirks("fixed"), 7).num_examples(), 20);
}

}  // namespace
}  // namespace libero
