#include "training/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/suggest.h"

namespace libero {
namespace {

constexpr std::array<std::pair<TrainStage, std::string_view>, 5> kStages = {{
    {TrainStage::kFeatures, "features"},
    {TrainStage::kLam1, "lam1"},
    {TrainStage::kLam2, "lam2"},
    {TrainStage::kVla, "vla"},
    {TrainStage::kFinetune, "finetune"},
}};

// source: OpenDriveLab/UniVLA@0ab9e9d:latent_action_model/config/lam-stage-{1,2}.yaml,
// prismatic/conf/vla.py, vla-scripts/finetune_libero.py
Recipe PublishedRecipe(TrainStage stage) {
  switch (stage) {
    case TrainStage::kFeatures:
      throw Error("univla-7b has no stage 'features'", "its image features are DINOv2's");
    case TrainStage::kLam1:
      return {.steps = 150'000,
              .batch_size = 512,
              .learning_rate = 1e-4,
              .schedule = "constant",
              .weight_decay = 1e-2,
              .clip_norm = 0.1};
    case TrainStage::kLam2:
      return {.steps = 200'000,
              .batch_size = 512,
              .learning_rate = 1e-4,
              .schedule = "constant",
              .weight_decay = 1e-2,
              .clip_norm = 0.1};
    case TrainStage::kVla:
      return {.steps = 20'000,
              .batch_size = 1024,
              .learning_rate = 2e-5,
              .schedule = "constant",
              .history_share = 0,
              .checkpoint_activations = true};
    case TrainStage::kFinetune:
      return {.steps = 30'000,
              .batch_size = 128,
              .accumulation = 2,
              .learning_rate = 3.5e-4,
              .weight_decay = 1e-3,
              .lora_rank = 32};
  }
  LIBERO_CHECK(false);
}

// Weight matrices learn by Muon: after as many examples, features tell positions with half AdamW's
// error. The camera stands still and the renderer is the same as in the evaluation: pictures that
// are not changed are learnt from sooner. Acting is chunked, so without history.
Recipe TinyRecipe(TrainStage stage) {
  switch (stage) {
    case TrainStage::kFeatures:
      return {.steps = 2800,
              .batch_size = 64,
              .learning_rate = 1e-3,
              .matrix_rate = 10,
              .schedule = "cosine",
              .warmup_steps = 50,
              .augment = false};
    case TrainStage::kLam1:
    case TrainStage::kLam2:
      return {.steps = 400,
              .batch_size = 128,
              .learning_rate = 1e-3,
              .matrix_rate = 5,
              .schedule = "cosine",
              .warmup_steps = 50,
              .restart_codes_every = 25,
              .augment = false};
    case TrainStage::kVla:
      return {.steps = 200,
              .batch_size = 32,
              .learning_rate = 1e-3,
              .matrix_rate = 5,
              .schedule = "cosine",
              .warmup_steps = 100,
              .augment = false,
              .history_share = 0,
              .keyframe_weight = 5,
              .freeze_towers = true};
    case TrainStage::kFinetune:
      return {.steps = 4500,
              .batch_size = 32,
              .learning_rate = 1e-3,
              .matrix_rate = 5,
              .schedule = "cosine",
              .warmup_steps = 100,
              .augment = false,
              .history_share = 0,
              .use_proprio = true,
              .action_weight = 20,
              .keyframe_weight = 5,
              .freeze_towers = true,
              .own_answers = true};
  }
  LIBERO_CHECK(false);
}

Recipe SmallRecipe(TrainStage stage) {
  Recipe recipe = TinyRecipe(stage);
  recipe.steps *= 10;
  recipe.batch_size *= 4;
  return recipe;
}

void Check(bool holds, std::string_view option, const std::string& expected) {
  if (!holds) throw Error(fmt::format("{}: expected {}", option, expected));
}

}  // namespace

std::string_view StageName(TrainStage stage) {
  return std::ranges::find(kStages, stage, &std::pair<TrainStage, std::string_view>::first)->second;
}

TrainStage FindStage(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [stage, stage_name] : kStages) {
    if (stage_name == name) return stage;
    names.emplace_back(stage_name);
  }
  throw Error(fmt::format("no stage is called '{}'", name), DidYouMean(std::string(name), names));
}

Recipe DefaultRecipe(std::string_view preset, TrainStage stage) {
  if (preset == "tiny") return TinyRecipe(stage);
  if (preset == "small") return SmallRecipe(stage);
  if (preset == "univla-7b") return PublishedRecipe(stage);
  throw Error(fmt::format("no preset is called '{}'", preset), "tiny, small, univla-7b");
}

Recipe Changed(Recipe recipe, const RecipeChanges& changes) {
  const auto default_batch = static_cast<double>(recipe.batch_size);
  const auto set = [](const auto& change, auto* field) {
    if (change) *field = *change;
  };
  if (!(changes.steps_scale > 0)) {
    throw Error(
        fmt::format("--steps-scale: expected a positive number, got {}", changes.steps_scale));
  }
  const double scaled_steps = static_cast<double>(recipe.steps) * changes.steps_scale;
  recipe.steps = std::max<int64_t>(1, std::llround(scaled_steps));
  set(changes.steps, &recipe.steps);
  recipe.warmup_steps = std::min(recipe.warmup_steps, recipe.steps / 10);  // of short trainings
  set(changes.batch_size, &recipe.batch_size);
  set(changes.accumulation, &recipe.accumulation);
  set(changes.learning_rate, &recipe.learning_rate);
  set(changes.matrix_rate, &recipe.matrix_rate);
  set(changes.schedule, &recipe.schedule);
  set(changes.decay_from, &recipe.decay_from);
  set(changes.warmup_steps, &recipe.warmup_steps);
  set(changes.weight_decay, &recipe.weight_decay);
  set(changes.clip_norm, &recipe.clip_norm);
  set(changes.ema_decay, &recipe.ema_decay);
  set(changes.restart_codes_every, &recipe.restart_codes_every);
  set(changes.history_share, &recipe.history_share);
  set(changes.action_loss, &recipe.action_loss);
  set(changes.action_weight, &recipe.action_weight);
  set(changes.keyframe_weight, &recipe.keyframe_weight);
  set(changes.lora_rank, &recipe.lora_rank);
  set(changes.precision, &recipe.precision);
  set(changes.use_proprio, &recipe.use_proprio);
  set(changes.freeze_towers, &recipe.freeze_towers);
  set(changes.own_answers, &recipe.own_answers);
  set(changes.skip_pauses, &recipe.skip_pauses);
  if (changes.no_augmentation) recipe.augment = false;
  if (changes.no_visual_states) recipe.use_visual_states = false;
  if (changes.freeze_vla) recipe.freeze_vla = true;
  if (changes.checkpoint_activations) recipe.checkpoint_activations = true;
  if (changes.lr_scale == "auto") {
    recipe.learning_rate *= std::sqrt(static_cast<double>(recipe.batch_size) / default_batch);
  } else if (changes.lr_scale != "none") {
    throw Error(fmt::format("--lr-scale: expected none or auto, got '{}'", changes.lr_scale));
  }
  return recipe;
}

void CheckRecipe(const Recipe& recipe) {
  Check(recipe.steps >= 1, "--steps", "at least 1");
  Check(recipe.batch_size >= 1, "--batch", "at least 1");
  Check(recipe.accumulation >= 1 && recipe.batch_size % recipe.accumulation == 0, "--accumulation",
        fmt::format("a divisor of the batch of {}", recipe.batch_size));
  Check(recipe.learning_rate > 0, "--lr", "a positive number");
  Check(recipe.matrix_rate >= 0, "--matrix-rate", "0 or more");
  Check(recipe.schedule == "constant" || recipe.schedule == "step" || recipe.schedule == "cosine",
        "--schedule", "constant, step or cosine, got '" + recipe.schedule + "'");
  Check(recipe.weight_decay >= 0, "--weight-decay", "0 or more");
  Check(recipe.clip_norm >= 0, "--clip", "0 or more");
  Check(recipe.ema_decay >= 0 && recipe.ema_decay < 1, "--ema", "0 or more and below 1");
  Check(recipe.history_share >= 0 && recipe.history_share <= 1, "--history", "0 to 1");
  Check(recipe.action_loss == "l1" || recipe.action_loss == "mse", "--action-loss",
        "l1 or mse, got '" + recipe.action_loss + "'");
  Check(recipe.action_weight > 0, "--action-weight", "a positive number");
  Check(recipe.keyframe_weight >= 0, "--keyframe-weight", "0 or more");
  Check(recipe.precision == "auto" || recipe.precision == "fp32" || recipe.precision == "bf16",
        "--precision", "auto, fp32 or bf16, got '" + recipe.precision + "'");
  Check(recipe.lora_rank >= 0, "--lora-rank", "0 or more");
}

double LearningRate(const Recipe& recipe, int64_t step) {
  const double warmup =
      std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(recipe.warmup_steps + 1));
  const double rate = recipe.learning_rate * warmup;
  const double share = static_cast<double>(step) / static_cast<double>(recipe.steps);
  if (recipe.schedule == "cosine") return rate * 0.5 * (1 + std::cos(std::numbers::pi * share));
  if (recipe.schedule == "step") return share < recipe.decay_from ? rate : 0.1 * rate;
  return rate;
}

}  // namespace libero
