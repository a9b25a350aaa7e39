#include "training/lam_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "sim/base/check.h"
#include "sim/base/counter_random.h"
#include "training/pictures.h"

namespace libero {
namespace {

at::Tensor ToTensor(const std::vector<int64_t>& values) {
  return at::tensor(values, at::kLong);
}

// Whether noise moved the hand between a demonstration's picture t and the one it is compared with:
// what it did nobody meant, and it cannot be told from what is seen.
bool IsDisturbed(std::span<const uint8_t> disturbed, int64_t t) {
  const auto last = std::min<int64_t>(t + kLatentActionSteps, std::ssize(disturbed));
  if (t >= last) return false;
  const auto part = disturbed.subspan(static_cast<size_t>(t), static_cast<size_t>(last - t));
  return std::ranges::any_of(part, [](uint8_t flag) { return flag != 0; });
}

}  // namespace

LamRows SplitRows(const TrainingSet& data) {
  constexpr size_t kHeldOutEvery = 20;
  LamRows rows;
  for (size_t d = 0; d < data.demos.size(); ++d) {
    const bool is_held_out = d % kHeldOutEvery == kHeldOutEvery - 1;
    std::vector<int64_t>& part = is_held_out ? rows.held_out : rows.trained;
    const std::span<const uint8_t> disturbed = data.DisturbedOf(data.demos[d]);
    for (int64_t t = 0; t < data.demos[d].count; ++t) {
      if (!IsDisturbed(disturbed, t)) part.push_back(data.demos[d].first + t);
    }
  }
  if (rows.trained.empty()) {
    throw Error(
        "the demonstrations have strong noise everywhere: there is no pair of pictures to "
        "learn latent actions from",
        "'libero collect --noise' of 0.05 or less is no trouble, and '--push' pushes the "
        "hand now and then only");
  }
  if (rows.held_out.empty()) rows.held_out = rows.trained;
  return rows;
}

LamStage::LamStage(LatentActionModel* model, const TrainingSet* data, at::Tensor features,
                   std::vector<std::vector<int64_t>> text, const Recipe& recipe,
                   const Quirks& quirks, uint64_t seed)
    : model_(model),
      data_(data),
      features_(std::move(features)),
      rows_(SplitRows(*data)),
      recipe_(recipe),
      quirks_(quirks),
      seed_(seed) {
  std::vector<int64_t> second;
  std::vector<int64_t> demos;
  for (size_t d = 0; d < data->demos.size(); ++d) {
    const TrainingDemo& demo = data->demos[d];
    for (int64_t t = 0; t < demo.count; ++t) {
      second.push_back(demo.first + std::min<int64_t>(t + kLatentActionSteps, demo.count - 1));
      demos.push_back(static_cast<int64_t>(d));
    }
  }
  second_rows_ = ToTensor(second);
  demos_ = ToTensor(demos);
  if (model_->config().stage == 1) {
    constexpr int64_t kPadding = 0;
    text_ids_ = PadRows(text, kPadding);
    for (std::vector<int64_t>& row : text) std::ranges::fill(row, 1);
    text_mask_ = PadRows(text, 0);
  }
  model_->SetRequiresGrad(true);
  model_->FreezeBackbones();
  usage_ = at::zeros({model_->config().codebook_size}, at::kFloat);
}

std::vector<NamedTensor> LamStage::parameters() {
  std::vector<NamedTensor> result;
  for (const NamedTensor& parameter : model_->parameters()) {
    if (parameter.tensor->requires_grad()) result.push_back(parameter);
  }
  return result;
}

std::vector<NamedTensor> LamStage::buffers() {
  return {{"usage", &usage_}};
}

int64_t LamStage::num_examples() const {
  return static_cast<int64_t>(rows_.trained.size());
}

Batch LamStage::MakeBatch(const std::vector<Sample>& samples) const {
  std::vector<int64_t> rows;
  for (const Sample& sample : samples) {
    rows.push_back(rows_.trained[static_cast<size_t>(sample.example)]);
  }
  return {.rows = ToTensor(rows)};
}

at::Tensor LamStage::Pairs(const at::Tensor& rows) const {
  const at::Device device = model_->parameters()[0].tensor->device();
  return at::stack({features_.index_select(0, rows),
                    features_.index_select(0, second_rows_.index_select(0, rows))},
                   1)
      .to(device, at::kFloat);
}

LamText LamStage::Text(const at::Tensor& rows) const {
  if (!text_ids_.defined()) return {};
  const at::Device device = model_->parameters()[0].tensor->device();
  const at::Tensor demos = demos_.index_select(0, rows);
  LamText text = {.ids = text_ids_.index_select(0, demos).to(device),
                  .mask = text_mask_.index_select(0, demos).to(device),
                  .frame_masks = {}};
  if (quirks_.masks_text_of_other_example) {
    // source: UniVLA@0ab9e9d:latent_action_model/genie/modules/lam.py (attn_mask.repeat(T, 1))
    constexpr int64_t kFrames = 2;
    text.frame_masks = text.mask.repeat({kFrames, 1}).view({-1, kFrames, text.mask.size(1)});
  }
  return text;
}

StageLoss LamStage::Loss(const Batch& batch) const {
  const LamOutput output = model_->forward(Pairs(batch.rows), Text(batch.rows));
  const at::Tensor mse = (output.prediction - output.target).square().mean().detach();
  return {.total = LamLoss(output),
          .parts = {{"mse", mse}},
          .codes = output.action.indices.flatten().cpu(),
          .encoded = output.action.encoded.detach().flatten(0, 1)};
}

LamStage::LamStage(const LamStage& other, std::unique_ptr<LatentActionModel> model)
    : own_model_(std::move(model)),
      model_(own_model_.get()),
      data_(other.data_),
      features_(other.features_),
      second_rows_(other.second_rows_),
      demos_(other.demos_),
      text_ids_(other.text_ids_),
      text_mask_(other.text_mask_),
      rows_(other.rows_),
      recipe_(other.recipe_),
      quirks_(other.quirks_),
      seed_(other.seed_) {}

std::unique_ptr<Stage> LamStage::MakeReplica() {
  auto model = std::make_unique<LatentActionModel>(model_->config(), at::device(at::kMeta));
  ShareParameters(model_, model.get());
  return std::unique_ptr<Stage>(new LamStage(*this, std::move(model)));
}

void LamStage::AfterPart(const StageLoss& loss) {
  usage_.add_(at::bincount(loss.codes, {}, model_->config().codebook_size));
  encoded_ = loss.encoded;
}

void LamStage::AfterStep(int64_t step) {
  if (recipe_.restart_codes_every == 0 || step % recipe_.restart_codes_every != 0) return;
  constexpr double kRestartShare = 0.9;  // of the steps; then the codes are left in peace
  if (static_cast<double>(step) < kRestartShare * static_cast<double>(recipe_.steps)) {
    RestartCodes(step);
  }
  usage_.zero_();
}

// Codes that nothing was near to since the last time become encoded vectors of the last batch.
void LamStage::RestartCodes(int64_t step) {
  const c10::NoGradGuard no_grad;
  at::Tensor codebook;
  const std::string name =
      model_->config().stage == 1 ? "vq.codebook.weight" : "vq_action.codebook.weight";
  for (const NamedTensor& parameter : model_->parameters()) {
    if (parameter.name == name) codebook = parameter.tensor->detach();
  }
  CounterRandom random(fmt::format("restart codes/{}", seed_), static_cast<uint64_t>(step));
  for (int64_t code = 0; code < codebook.size(0); ++code) {
    if (usage_[code].item<float>() > 0) continue;
    const auto row = static_cast<int64_t>(random.Uniform(0, static_cast<double>(encoded_.size(0))));
    codebook[code].copy_(encoded_[row]);
  }
}

LamQuality LamStage::Measure() const {
  const c10::NoGradGuard no_grad;
  LamQuality quality;
  std::vector<bool> is_used(static_cast<size_t>(model_->config().codebook_size));
  constexpr int64_t kBatch = 128;
  const auto count = static_cast<int64_t>(rows_.held_out.size());
  for (int64_t first = 0; first < count; first += kBatch) {
    const int64_t size = std::min(kBatch, count - first);
    const at::Tensor rows =
        ToTensor({rows_.held_out.begin() + first, rows_.held_out.begin() + first + size});
    const at::Tensor pairs = Pairs(rows);
    const LamOutput output = model_->forward(pairs, Text(rows));
    const double share = static_cast<double>(size) / static_cast<double>(count);
    quality.mse += share * (output.prediction - output.target).square().mean().item<double>();
    quality.copy_mse +=
        share * (pairs.select(1, 1) - pairs.select(1, 0)).square().mean().item<double>();
    const at::Tensor codes = output.action.indices.flatten().cpu();
    for (int64_t i = 0; i < codes.numel(); ++i) {
      is_used[static_cast<size_t>(codes[i].item<int64_t>())] = true;
    }
  }
  quality.code_usage =
      static_cast<double>(std::ranges::count(is_used, true)) / static_cast<double>(is_used.size());
  return quality;
}

}  // namespace libero
