#include "training/recipe.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(RecipeTest, StagesAreFoundByName) {
  for (const TrainStage stage : {TrainStage::kFeatures, TrainStage::kLam1, TrainStage::kLam2,
                                 TrainStage::kVla, TrainStage::kFinetune}) {
    EXPECT_EQ(FindStage(StageName(stage)), stage);
  }
  EXPECT_THAT([] { (void)FindStage("fine-tune"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("no stage is called 'fine-tune'"),
                                         HasSubstr("did you mean 'finetune'?"))));
}

TEST(RecipeTest, PublishedNumbersAreTheDefaultsOfThePublishedModel) {
  const Recipe recipe = DefaultRecipe("univla-7b", TrainStage::kFinetune);
  EXPECT_EQ(recipe.steps, 30'000);
  EXPECT_EQ(recipe.batch_size, 128);
  EXPECT_EQ(recipe.accumulation, 2);
  EXPECT_EQ(recipe.learning_rate, 3.5e-4);
  EXPECT_EQ(recipe.lora_rank, 32);
  EXPECT_EQ(LearningRate(recipe, 0), 3.5e-4);
  EXPECT_EQ(LearningRate(recipe, 23'999), 3.5e-4);
  EXPECT_DOUBLE_EQ(LearningRate(recipe, 24'000), 3.5e-5);
  EXPECT_THAT([] { (void)DefaultRecipe("univla-7b", TrainStage::kFeatures); },
              ThrowsMessage<Error>(AllOf(HasSubstr("features"), HasSubstr("DINOv2"))));
  EXPECT_THAT([] { (void)DefaultRecipe("huge", TrainStage::kVla); },
              ThrowsMessage<Error>(AllOf(HasSubstr("'huge'"), HasSubstr("tiny, small"))));
}

TEST(RecipeTest, EveryDefaultIsInOrder) {
  for (const char* preset : {"tiny", "small", "univla-7b"}) {
    for (const TrainStage stage :
         {TrainStage::kLam1, TrainStage::kLam2, TrainStage::kVla, TrainStage::kFinetune}) {
      EXPECT_NO_THROW(CheckRecipe(DefaultRecipe(preset, stage))) << preset;
    }
  }
}

TEST(RecipeTest, RatesRiseAndFall) {
  const Recipe cosine = {.steps = 100, .learning_rate = 1, .schedule = "cosine", .warmup_steps = 9};
  EXPECT_DOUBLE_EQ(LearningRate(cosine, 0), 0.1);
  EXPECT_NEAR(LearningRate(cosine, 50), 0.5, 1e-12);
  EXPECT_NEAR(LearningRate(cosine, 100), 0, 1e-12);
  for (int64_t step = 10; step < 100; ++step) {
    EXPECT_LT(LearningRate(cosine, step), LearningRate(cosine, step - 1));
  }
  const Recipe constant = {.steps = 10, .learning_rate = 2, .schedule = "constant"};
  EXPECT_EQ(LearningRate(constant, 0), 2);
  EXPECT_EQ(LearningRate(constant, 9), 2);
}

TEST(RecipeTest, Changes) {
  const Recipe recipe = {.steps = 1000, .batch_size = 16, .learning_rate = 1, .warmup_steps = 100};
  EXPECT_EQ(Changed(recipe, {}).steps, 1000);
  RecipeChanges changes = {.batch_size = 64, .history_share = 0.25, .lr_scale = "auto"};
  EXPECT_EQ(Changed(recipe, changes).learning_rate, 2) << "sqrt(64 / 16)";
  EXPECT_EQ(Changed(recipe, changes).history_share, 0.25);
  changes = {.steps_scale = 0.1};
  EXPECT_EQ(Changed(recipe, changes).steps, 100);
  EXPECT_EQ(Changed(recipe, changes).warmup_steps, 10);
  changes.steps = 7;
  EXPECT_EQ(Changed(recipe, changes).steps, 7);
  changes.lr_scale = "linear";
  EXPECT_THAT([&] { (void)Changed(recipe, changes); },
              ThrowsMessage<Error>("--lr-scale: expected none or auto, got 'linear'"));
  changes = {.steps_scale = 0};
  EXPECT_THAT([&] { (void)Changed(recipe, changes); },
              ThrowsMessage<Error>(HasSubstr("--steps-scale: expected a positive number, got 0")));
}

TEST(RecipeTest, SaysWhichOptionIsWrong) {
  const auto expect = [](const std::function<void(Recipe&)>& change, const std::string& message) {
    Recipe recipe = DefaultRecipe("tiny", TrainStage::kFinetune);
    change(recipe);
    EXPECT_THAT([&] { CheckRecipe(recipe); }, ThrowsMessage<Error>(HasSubstr(message)));
  };
  expect([](Recipe& r) { r.steps = 0; }, "--steps: expected at least 1");
  expect([](Recipe& r) { r.batch_size = 0; }, "--batch: expected at least 1");
  expect(
      [](Recipe& r) {
        r.batch_size = 10;
        r.accumulation = 3;
      },
      "--accumulation: expected a divisor of the batch of 10");
  expect([](Recipe& r) { r.learning_rate = -1; }, "--lr: expected a positive number");
  expect([](Recipe& r) { r.schedule = "linear"; },
         "--schedule: expected constant, step or cosine, got 'linear'");
  expect([](Recipe& r) { r.weight_decay = -1; }, "--weight-decay: expected 0 or more");
  expect([](Recipe& r) { r.clip_norm = -1; }, "--clip: expected 0 or more");
  expect([](Recipe& r) { r.ema_decay = 1; }, "--ema: expected 0 or more and below 1");
  expect([](Recipe& r) { r.history_share = 1.5; }, "--history: expected 0 to 1");
  expect([](Recipe& r) { r.action_loss = "l2"; }, "--action-loss: expected l1 or mse, got 'l2'");
  expect([](Recipe& r) { r.lora_rank = -1; }, "--lora-rank: expected 0 or more");
}

}  // namespace
}  // namespace libero
