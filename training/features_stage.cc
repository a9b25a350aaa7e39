#include "training/features_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "policy/nn/initialize.h"
#include "policy/nn/pixels.h"
#include "sim/base/check.h"
#include "sim/base/counter_random.h"
#include "training/augment.h"
#include "training/pictures.h"

namespace libero {
namespace {

constexpr int64_t kHidden = 256;

std::map<std::string, at::Tensor> ByName(Module* module) {
  std::map<std::string, at::Tensor> result;
  for (const NamedTensor& parameter : module->parameters()) {
    result[parameter.name] = parameter.tensor->detach();
  }
  return result;
}

// Rows of positions (R, N) → the same, scaled, of those numbers that change.
at::Tensor Scaled(const at::Tensor& positions) {
  constexpr double kLeastDeviation = 0.005;  // m or rad: below, it is noise
  constexpr double kLeastScale = 0.03;       // small motions count less than large ones
  const at::Tensor deviation = positions.std(0, /*unbiased=*/false);
  const at::Tensor chosen = (deviation > kLeastDeviation).nonzero().squeeze(1);
  return ((positions - positions.mean(0)) / deviation.clamp_min(kLeastScale))
      .index_select(1, chosen)
      .to(at::kFloat);
}

}  // namespace

FeaturesStage::Head::Head(int64_t num_features, int64_t num_outputs,
                          const at::TensorOptions& options)
    : hidden(num_features, kHidden, /*bias=*/true, options),
      out(kHidden, num_outputs, /*bias=*/true, options) {
  Register("hidden", &hidden);
  Register("out", &out);
}

std::unique_ptr<FeaturesStage::Head> FeaturesStage::Head::MakeAlike() const {
  return std::make_unique<Head>(hidden.weight().size(1), out.weight().size(0),
                                at::device(at::kMeta));
}

at::Tensor FeaturesStage::Head::forward(const at::Tensor& features) const {
  return out.forward(at::gelu(hidden.forward(features)));
}

FeaturesStage::FeaturesStage(LatentActionModel* lam, PolicyNetworks* networks,
                             const TrainingSet* data, const ScenePositions& positions,
                             const Recipe& recipe, uint64_t seed)
    : networks_(networks),
      backbone_(&lam->backbone()),
      fused_(&networks->vla->fused_featurizer()),
      data_(data),
      recipe_(recipe),
      seed_(seed) {
  MakeTargets(positions);
  const int64_t num_outputs = targets_.size(1) * (kinds_.max().item<int64_t>() + 1);
  const VitConfig& first = networks->config.latent_action_model.features;
  const VitConfig& second = networks->config.vla.fused_featurizer;
  lam_head_ = std::make_unique<Head>(first.dim, num_outputs, at::kFloat);
  fused_head_ = std::make_unique<Head>(second.dim, num_outputs, at::kFloat);
  InitializeWeights(lam_head_.get(), seed);
  InitializeWeights(fused_head_.get(), seed + 1);
  backbone_->SetRequiresGrad(true);
  fused_->SetRequiresGrad(true);
  lam_head_->SetRequiresGrad(true);
  fused_head_->SetRequiresGrad(true);
}

void FeaturesStage::MakeTargets(const ScenePositions& positions) {
  // the rows of each kind of scene
  std::map<std::string, std::vector<int64_t>> rows;
  for (size_t d = 0; d < data_->demos.size(); ++d) {
    const TrainingDemo& demo = data_->demos[d];
    std::vector<int64_t>& list = rows[positions.things[d]];
    for (int i = 0; i < demo.count; ++i) list.push_back(demo.first + i);
  }
  std::vector<at::Tensor> tables;
  int64_t width = 1;
  for (const auto& [things, list] : rows) {
    std::vector<at::Tensor> lines;
    for (const int64_t row : list) {
      lines.push_back(at::tensor(positions.rows[static_cast<size_t>(row)], at::kDouble));
    }
    tables.push_back(Scaled(at::stack(lines)));
    width = std::max(width, tables.back().size(1));
  }

  // row by row, filled up to the widest
  const int64_t num_rows = data_->num_rows();
  kinds_ = at::zeros({num_rows}, at::kLong);
  targets_ = at::zeros({num_rows, width}, at::kFloat);
  weights_ = at::zeros({num_rows, width}, at::kFloat);
  int64_t kind = 0;
  for (const auto& [things, list] : rows) {
    const at::Tensor& table = tables[static_cast<size_t>(kind)];
    const at::Tensor index = at::tensor(list, at::kLong);
    kinds_.index_fill_(0, index, kind++);
    targets_.narrow(1, 0, table.size(1)).index_copy_(0, index, table);
    weights_.narrow(1, 0, table.size(1)).index_fill_(0, index, 1);
  }
}

std::vector<NamedTensor> FeaturesStage::parameters() {
  std::vector<NamedTensor> result;
  const auto add = [&](const std::string& prefix, Module* module) {
    for (const NamedTensor& parameter : module->parameters()) {
      result.push_back({prefix + parameter.name, parameter.tensor});
    }
  };
  add("backbone.", backbone_);
  add("fused_featurizer.", fused_);
  add("lam_head.", lam_head_.get());
  add("fused_head.", fused_head_.get());
  return result;
}

int64_t FeaturesStage::num_examples() const {
  return data_->num_rows();
}

Batch FeaturesStage::MakeBatch(const std::vector<Sample>& samples) const {
  const auto count = static_cast<int64_t>(samples.size());
  const int size = data_->frames.info().size;
  Batch batch = {.rows = at::empty({count}, at::kLong),
                 .pictures = at::empty({count, 3, size, size}, at::kByte)};
  for (int64_t i = 0; i < count; ++i) {
    const Sample& sample = samples[static_cast<size_t>(i)];
    batch.rows.data_ptr<int64_t>()[i] = sample.example;
    CounterRandom random(fmt::format("features example/{}", seed_),
                         static_cast<uint64_t>(sample.position));
    const Image picture = recipe_.augment
                              ? Augment(PictureOf(*data_, sample.example),
                                        DrawAugmentation(random, /*crops_on_diagonal=*/false))
                              : CentredPicture(*data_, sample.example);
    PutPicture(picture, i, &batch.pictures);
  }
  return batch;
}

at::Tensor FeaturesStage::HeadLoss(const Head& head, const at::Tensor& features,
                                   const at::Tensor& rows) const {
  const at::Tensor all = head.forward(features).unflatten(2, {-1, targets_.size(1)});
  const at::Tensor kinds = kinds_.index_select(0, rows).to(all.device());
  const at::Tensor outputs =
      all.gather(2, kinds.view({-1, 1, 1, 1}).expand({-1, all.size(1), 1, all.size(3)})).squeeze(2);
  const at::Tensor weights = weights_.index_select(0, rows).to(all.device()).unsqueeze(1);
  const at::Tensor errors = outputs - targets_.index_select(0, rows).to(all.device()).unsqueeze(1);
  return (errors.abs() * weights).sum() / (weights.sum() * all.size(1));
}

StageLoss FeaturesStage::Loss(const Batch& batch) const {
  const at::Device device = backbone_->parameters()[0].tensor->device();
  const at::Tensor pictures = batch.pictures.to(device).to(at::kFloat) / 255;
  const at::Tensor first =
      HeadLoss(*lam_head_, backbone_->forward(Normalize(pictures, kImageNetScale)), batch.rows);
  const int64_t num_blocks = networks_->config.vla.fused_featurizer.depth - 1;
  const at::Tensor features = fused_->Intermediate(Normalize(pictures, kSigLipScale), num_blocks);
  const at::Tensor second = HeadLoss(*fused_head_, features, batch.rows);
  return {.total = first + second,
          .parts = {{"l1", first.detach()}, {"fused_l1", second.detach()}}};
}

FeaturesStage::FeaturesStage(const FeaturesStage& other)
    : own_backbone_(std::make_unique<Vit>(other.networks_->config.latent_action_model.features,
                                          at::device(at::kMeta))),
      own_fused_(std::make_unique<Vit>(other.networks_->config.vla.fused_featurizer,
                                       at::device(at::kMeta))),
      networks_(other.networks_),
      backbone_(own_backbone_.get()),
      fused_(own_fused_.get()),
      data_(other.data_),
      recipe_(other.recipe_),
      seed_(other.seed_),
      kinds_(other.kinds_),
      targets_(other.targets_),
      weights_(other.weights_),
      lam_head_(other.lam_head_->MakeAlike()),
      fused_head_(other.fused_head_->MakeAlike()) {
  ShareParameters(other.backbone_, backbone_);
  ShareParameters(other.fused_, fused_);
  ShareParameters(other.lam_head_.get(), lam_head_.get());
  ShareParameters(other.fused_head_.get(), fused_head_.get());
}

std::unique_ptr<Stage> FeaturesStage::MakeReplica() {
  return std::unique_ptr<Stage>(new FeaturesStage(*this));
}

void FeaturesStage::Finish() {
  const c10::NoGradGuard no_grad;
  const std::map<std::string, at::Tensor> from = ByName(backbone_);
  for (const auto& [name, tensor] : ByName(&networks_->vla->featurizer())) {
    std::string hub_name = name;
    if (name == "reg_token") hub_name = "register_tokens";
    if (const size_t at = name.find("scale_factor"); at != std::string::npos) {
      hub_name = name.substr(0, at) + "gamma";
    }
    const auto found = from.find(hub_name);
    if (found == from.end()) continue;  // the block whose output is not used
    if (name == "pos_embed") {
      tensor.copy_(found->second.slice(1, 1));
    } else if (name == "cls_token") {
      tensor.copy_(found->second + from.at("pos_embed").slice(1, 0, 1));
    } else if (tensor.sizes() == found->second.sizes()) {
      tensor.copy_(found->second);
    }
  }
}

}  // namespace libero
