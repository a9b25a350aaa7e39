#include "training/vla_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "policy/nn/initialize.h"
#include "policy/nn/lora.h"
#include "policy/prompt.h"
#include "sim/base/check.h"
#include "sim/base/counter_random.h"
#include "training/augment.h"
#include "training/lam_stage.h"
#include "training/pictures.h"
#include "training/windows.h"

namespace libero {
namespace {

constexpr int64_t kAnswerLength = kNumActTokens + 1;  // with the end
constexpr int64_t kHandDim = 3;                       // its position, of a NetworkProprio

// (B, S, D) at places (B, N) → (B, N, D)
at::Tensor Gather(const at::Tensor& hidden, const at::Tensor& places) {
  return hidden.gather(1, places.unsqueeze(-1).expand({-1, -1, hidden.size(2)}));
}

// The mean of those numbers (B, N) whose flag (B, N) or (B, 1) is 1 and not 0.
at::Tensor MeanWhere(const at::Tensor& flags, const at::Tensor& numbers) {
  return (numbers * flags).sum() / flags.expand_as(numbers).sum().clamp_min(1);
}

// source: OpenDriveLab/UniVLA@0ab9e9d:vla-scripts/finetune_libero.py (alpha = min(rank, 16))
LoraConfig LoraOf(const Recipe& recipe) {
  constexpr int64_t kMaxAlpha = 16;
  return {.rank = recipe.lora_rank,
          .alpha = static_cast<double>(std::min(recipe.lora_rank, kMaxAlpha))};
}

// The states of an answer's codes → where the hand is at the next keyframe.
std::unique_ptr<Linear> MakeKeyframeHead(const PolicyNetworks& networks, at::Device device) {
  return std::make_unique<Linear>(kNumActTokens * networks.config.vla.language_model.dim, kHandDim,
                                  /*bias=*/true, at::TensorOptions(device).dtype(at::kFloat));
}

// Prompts with answers (B, S), in which answers begin at `first` (B, 1) → the same with the codes
// that the network itself answers, as it does when it acts.
at::Tensor WithOwnAnswers(const UniVla& vla, const at::Tensor& patches, const at::Tensor& ids,
                          const at::Tensor& first) {
  KvCache cache = vla.MakeCache(ids.size(0), ids.size(1));
  const VlaAnswer answer =
      vla.AnswerPatches(patches.detach(), ids, first.squeeze(1), ChooseGreedily, &cache);
  const at::Tensor places = first + at::arange(kNumActTokens, first.options());
  return ids.scatter(1, places, answer.tokens + vla.config().first_action_id);
}

}  // namespace

// One row of a batch.
struct VlaStage::Example {
  Image picture;
  LabelledPrompt prompt;
  NetworkProprio proprio{};
  NetworkProprio keyframe{};
  ActionChunk actions;
  std::vector<uint8_t> foreseeable;  // of the actions
};

VlaStage::VlaStage(PolicyNetworks* networks, VlaData data, bool with_actions, const Recipe& recipe,
                   const Quirks& quirks, uint64_t seed)
    : networks_(networks),
      data_(std::move(data)),
      with_actions_(with_actions),
      recipe_(recipe),
      quirks_(quirks),
      seed_(seed) {
  const std::vector<TrainingDemo>& demos = data_.set->demos;
  const int num_demos = static_cast<int>(demos.size());
  for (const int d : EpisodesToTrain(num_demos, quirks.fraction_of_episodes)) {
    const auto demo = static_cast<size_t>(d);
    const std::span<const Action> actions = data_.set->ActionsOf(demos[demo]);
    for (int t = 0; t < demos[demo].count; ++t) {
      if (!recipe.skip_pauses || !IsWithinPause(actions, t)) examples_.emplace_back(demo, t);
    }
  }
  if (recipe.lora_rank > 0) {
    const LoraConfig lora = LoraOf(recipe);
    AddLora(networks->vla.get(), lora);
    InitializeLora(networks->vla.get(), lora, seed);
    for (const NamedTensor& parameter : networks->vla->parameters()) {
      const bool is_adapter = parameter.name.find(".lora_") != std::string::npos;
      parameter.tensor->requires_grad_(is_adapter && !recipe.freeze_vla);
    }
  } else {
    networks->vla->SetRequiresGrad(!recipe.freeze_vla);
    for (const NamedTensor& parameter : networks->vla->parameters()) {
      if (recipe.freeze_towers && parameter.name.starts_with("vision_backbone.")) {
        parameter.tensor->requires_grad_(false);
      }
    }
  }
  if (recipe.keyframe_weight > 0 && !recipe.freeze_vla) {
    LIBERO_CHECK(!data_.proprio.empty());
    keyframe_head_ = MakeKeyframeHead(*networks, networks->vla->parameters()[0].tensor->device());
    InitializeWeights(keyframe_head_.get(), seed);
    keyframe_head_->SetRequiresGrad(true);
  }
  if (with_actions) {
    LIBERO_CHECK(!data_.proprio.empty() || networks->config.action_decoder.proprio_dim == 0);
    networks->decoder->SetRequiresGrad(true);
  }
}

std::vector<NamedTensor> VlaStage::parameters() {
  std::vector<NamedTensor> result;
  for (const NamedTensor& parameter : networks_->vla->parameters()) {
    if (parameter.tensor->requires_grad()) result.push_back(parameter);
  }
  if (keyframe_head_) {
    for (const NamedTensor& parameter : keyframe_head_->parameters()) {
      result.push_back({"keyframe_head." + parameter.name, parameter.tensor});
    }
  }
  if (!with_actions_) return result;
  for (const NamedTensor& parameter : networks_->decoder->parameters()) {
    result.push_back({"action_decoder." + parameter.name, parameter.tensor});
  }
  return result;
}

int64_t VlaStage::num_examples() const {
  return static_cast<int64_t>(examples_.size());
}

VlaStage::Example VlaStage::MakeExample(const Sample& sample) const {
  const auto [d, step] = examples_[static_cast<size_t>(sample.example)];
  const TrainingDemo& demo = data_.set->demos[d];
  CounterRandom random(fmt::format("vla example/{}", seed_),
                       static_cast<uint64_t>(sample.position));
  const bool wants_history = random.Uniform(0, 1) < recipe_.history_share;
  WindowOptions options =
      MakeWindowOptions(static_cast<int>(networks_->config.action_decoder.chunk_size), quirks_);
  options.pair_steps = kLatentActionSteps;
  const WindowRows rows = RowsOfWindow(step, demo.count, wants_history, options);
  Example result;
  const int64_t row = demo.first + rows.image;
  result.picture = recipe_.augment ? Augment(PictureOf(*data_.set, row),
                                             DrawAugmentation(random, quirks_.crops_on_diagonal))
                                   : CentredPicture(*data_.set, row);
  if (!data_.proprio.empty()) {
    const int keyframe = NextKeyframe(data_.set->ActionsOf(demo), rows.image);
    result.proprio = data_.proprio[static_cast<size_t>(row)];
    result.keyframe = data_.proprio[static_cast<size_t>(demo.first + keyframe)];
  }
  const auto answer = data_.labels->At(d, rows.pair);
  std::vector<int> history;
  if (rows.history) {
    const auto codes = data_.labels->At(d, *rows.history);
    history.assign(codes.begin(), codes.end());
  }
  result.prompt = MakeLabelledPrompt(*data_.tokenizer, demo.instruction, history, answer);
  for (const Action& action : ActionsOfWindow(rows, data_.set->ActionsOf(demo))) {
    result.actions.push_back(NormalizeAction(action, *data_.statistics[d]));
  }
  result.foreseeable = ForeseeableActions(rows, data_.set->DisturbedOf(demo));
  return result;
}

Batch VlaStage::MakeBatch(const std::vector<Sample>& samples) const {
  const auto count = static_cast<int64_t>(samples.size());
  const int size = data_.set->frames.info().size;
  Batch batch = {.pictures = at::empty({count, 3, size, size}, at::kByte)};
  std::vector<std::vector<int64_t>> ids;
  std::vector<std::vector<int64_t>> labels;
  std::vector<at::Tensor> proprio;
  std::vector<at::Tensor> keyframes;
  std::vector<at::Tensor> actions;
  std::vector<at::Tensor> foreseeable;
  for (int64_t i = 0; i < count; ++i) {
    Example example = MakeExample(samples[static_cast<size_t>(i)]);
    PutPicture(example.picture, i, &batch.pictures);
    ids.emplace_back(example.prompt.ids.begin(), example.prompt.ids.end());
    labels.emplace_back(example.prompt.labels.begin(), example.prompt.labels.end());
    proprio.push_back(at::from_blob(example.proprio.data(), {kProprioDim}, at::kFloat).clone());
    keyframes.push_back(at::from_blob(example.keyframe.data(), {kHandDim}, at::kFloat).clone());
    actions.push_back(at::from_blob(example.actions.data(),
                                    {static_cast<int64_t>(example.actions.size()), 7}, at::kFloat)
                          .clone());
    foreseeable.push_back(at::from_blob(example.foreseeable.data(),
                                        {static_cast<int64_t>(example.foreseeable.size())},
                                        at::kByte)
                              .to(at::kFloat));
  }
  batch.ids = PadRows(ids, networks_->config.vla.pad_id);
  batch.labels = PadRows(labels, kIgnoredLabel);
  if (!data_.proprio.empty()) {
    batch.proprio = at::stack(proprio);
    batch.keyframes = at::stack(keyframes);
  }
  batch.actions = at::stack(actions);
  batch.foreseeable = at::stack(foreseeable);
  return batch;
}

VlaStage::VlaStage(const VlaStage& other, std::unique_ptr<PolicyNetworks> networks)
    : own_networks_(std::move(networks)),
      networks_(own_networks_.get()),
      data_(other.data_),
      with_actions_(other.with_actions_),
      recipe_(other.recipe_),
      quirks_(other.quirks_),
      seed_(other.seed_),
      examples_(other.examples_) {}

std::unique_ptr<Stage> VlaStage::MakeReplica() {
  auto networks = std::make_unique<PolicyNetworks>();
  networks->config = networks_->config;
  networks->vla = std::make_unique<UniVla>(networks_->config.vla, at::device(at::kMeta));
  networks->decoder =
      std::make_unique<ActionDecoder>(networks_->config.action_decoder, at::device(at::kMeta));
  if (recipe_.lora_rank > 0) AddLora(networks->vla.get(), LoraOf(recipe_));
  ShareParameters(networks_->vla.get(), networks->vla.get());
  ShareParameters(networks_->decoder.get(), networks->decoder.get());
  std::unique_ptr<VlaStage> replica(new VlaStage(*this, std::move(networks)));
  if (keyframe_head_) {
    replica->keyframe_head_ = MakeKeyframeHead(*networks_, at::kMeta);
    ShareParameters(keyframe_head_.get(), replica->keyframe_head_.get());
  }
  return replica;
}

void VlaStage::WhileMerged(const std::function<void()>& function) {
  if (recipe_.lora_rank == 0) return function();
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> before;
  for (const NamedTensor& parameter : networks_->vla->parameters()) {
    before.push_back(parameter.tensor->detach().to(at::kCPU, /*non_blocking=*/false,
                                                   /*copy=*/true));
  }
  MergeLora(networks_->vla.get(), LoraOf(recipe_));
  function();
  size_t next = 0;
  for (const NamedTensor& parameter : networks_->vla->parameters()) {
    parameter.tensor->detach().copy_(before[next++]);
  }
}

void VlaStage::Finish() {
  if (recipe_.lora_rank > 0) MergeLora(networks_->vla.get(), LoraOf(recipe_));
}

at::Tensor VlaStage::KeyframeLoss(const at::Tensor& latent, const Batch& batch) const {
  const at::Tensor told = keyframe_head_->forward(latent.flatten(1).to(at::kFloat));
  return (told - batch.keyframes.to(told.device())).abs().mean();
}

StageLoss VlaStage::Loss(const Batch& batch) const {
  const UniVla& vla = *networks_->vla;
  const at::Device device = networks_->decoder->parameters()[0].tensor->device();
  const at::Tensor labels = batch.labels.to(device);
  const at::Tensor first = (labels != kIgnoredLabel).to(at::kLong).argmax(1, /*keepdim=*/true);
  const at::Tensor patches = vla.EmbedPixels(TowerPixels(batch.pictures.to(device)));
  at::Tensor ids = batch.ids.to(device);
  if (with_actions_ && recipe_.own_answers) ids = WithOwnAnswers(vla, patches, ids, first);
  const at::Tensor hidden = vla.ForwardPatches(patches, ids);
  const int64_t num_patches = networks_->config.vla.num_patches();

  // the answer's tokens, and the states that predict them, which lie one place before
  const at::Tensor places = first + at::arange(kAnswerLength, first.options());
  const at::Tensor answers = labels.gather(1, places);
  const at::Tensor states = Gather(hidden, places + (num_patches - 1));
  const at::Tensor logits = vla.Logits(states).to(at::kFloat);
  const at::Tensor foreseeable = batch.foreseeable.to(device);
  const int64_t pair_end = std::min<int64_t>(kLatentActionSteps, foreseeable.size(1) - 1);
  const at::Tensor is_answered = foreseeable.narrow(1, pair_end, 1);
  const at::Tensor cross_entropy = at::cross_entropy_loss(logits.transpose(1, 2), answers,
                                                          /*weight=*/{}, at::Reduction::None);
  const auto num_acts = [](const at::Tensor& x) {
    return x.narrow(1, 0, kNumActTokens);
  };
  const at::Tensor accuracy =
      (num_acts(logits.argmax(-1)) == num_acts(answers)).to(at::kFloat).mean();
  // a mean over all, so that parts of a batch add up to the whole
  StageLoss loss = {.total = (cross_entropy * is_answered).mean(),
                    .parts = {{"cross_entropy", MeanWhere(is_answered, cross_entropy.detach())},
                              {"accuracy", accuracy}}};
  const at::Tensor latent = quirks_.trains_on_states_of_acts
                                ? Gather(hidden, num_acts(places) + num_patches)
                                : num_acts(states);
  if (keyframe_head_) {
    const at::Tensor keyframe_loss = KeyframeLoss(latent, batch);
    loss.total = loss.total + recipe_.keyframe_weight * keyframe_loss;
    loss.parts.push_back({"keyframe_l1", keyframe_loss.detach()});
  }
  if (!with_actions_) return loss;

  // the plan
  const at::Tensor visual =
      hidden.narrow(1, quirks_.visual_states_begin_at_start ? 0 : 1, num_patches);
  const at::Tensor proprio = batch.proprio.defined() ? batch.proprio.to(device) : at::Tensor();
  const at::Tensor plan = networks_->decoder->forward(latent, visual, proprio);
  const at::Tensor error = plan - batch.actions.to(device);
  const at::Tensor l1 = error.abs().mean(-1);
  const at::Tensor action_error = recipe_.action_loss == "l1" ? l1 : error.square().mean(-1);
  const at::Tensor action_loss = recipe_.action_weight * (action_error * foreseeable).mean();
  loss.total = recipe_.freeze_vla ? action_loss : loss.total + action_loss;
  loss.parts.push_back({"l1", MeanWhere(foreseeable, l1.detach())});
  return loss;
}

}  // namespace libero
