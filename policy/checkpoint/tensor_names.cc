#include "policy/checkpoint/tensor_names.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/pickle_value.h"

namespace libero {
namespace {

struct Prefix {
  std::string_view from;
  std::string_view to;
};

// The first that fits is applied.
constexpr std::array kVlaPrefixes = {
    Prefix{"vision_backbone.dino_featurizer.", "vision_backbone.featurizer."},
    Prefix{"vision_backbone.siglip_featurizer.", "vision_backbone.fused_featurizer."},
    Prefix{"llm_backbone.llm.", "language_model."},
    Prefix{"projector.projector.0.", "projector.fc1."},
    Prefix{"projector.projector.2.", "projector.fc2."},
    Prefix{"projector.projector.4.", "projector.fc3."},
    Prefix{"projector.0.", "projector.fc1."},
    Prefix{"projector.2.", "projector.fc2."},
    Prefix{"projector.4.", "projector.fc3."},
};
constexpr std::array kDecoderPrefixes = {Prefix{"module.net.", ""}, Prefix{"module.", ""},
                                         Prefix{"net.", ""}};
constexpr std::array kAdapterPrefixes = {Prefix{"base_model.model.", ""}};

template <size_t kCount>
std::string Replace(std::string_view name, const std::array<Prefix, kCount>& prefixes) {
  for (const Prefix& prefix : prefixes) {
    if (name.starts_with(prefix.from)) {
      return std::string(prefix.to) + std::string(name.substr(prefix.from.size()));
    }
  }
  return std::string(name);
}

TensorName VlaName(std::string_view published) {
  std::string name = Replace(published, kVlaPrefixes);
  constexpr std::string_view kGamma = ".gamma";
  if (name.ends_with(kGamma)) {
    name = name.substr(0, name.size() - kGamma.size()) + ".scale_factor";
  }
  if (name.ends_with(".rotary_emb.inv_freq")) {
    return {name, "frequencies of the positions, which are computed"};
  }
  return {name, ""};
}

TensorName LamName(std::string_view published) {
  std::string name(published);
  constexpr std::string_view kWord = "lam.";  // upstream removes each occurrence
  for (size_t at = name.find(kWord); at != std::string::npos; at = name.find(kWord, at)) {
    name.erase(at, kWord.size());
  }
  if (name == "text_encoder.encoder.embed_tokens.weight") {
    return {name, "the same as text_encoder.shared.weight"};
  }
  if (name.ends_with(".usage")) return {name, "how often codes were used in training"};
  return {name, ""};
}

}  // namespace

std::string_view PartName(ModelPart part) {
  switch (part) {
    case ModelPart::kVla:
      return "VLA";
    case ModelPart::kLatentActionModel:
      return "latent action model";
    case ModelPart::kActionDecoder:
      return "action decoder";
    case ModelPart::kAdapter:
      return "adapter";
  }
  LIBERO_CHECK(false);
}

ModelPart DetectPart(const TensorStore& store) {
  constexpr std::array<std::pair<std::string_view, ModelPart>, 6> kSigns = {
      {{".lora_A.", ModelPart::kAdapter},
       {"to_codebook.", ModelPart::kLatentActionModel},
       {"latent_action_pool.", ModelPart::kActionDecoder},
       {"attn_pool.projection.", ModelPart::kActionDecoder},
       {"language_model.", ModelPart::kVla},
       {"llm_backbone.", ModelPart::kVla}}};
  for (const auto& [sign, part] : kSigns) {
    for (const StoredTensor& tensor : store.tensors()) {
      if (tensor.name.find(sign) != std::string::npos) return part;
    }
  }
  const std::string first =
      store.tensors().empty() ? "none" : PrintableText(store.tensors().front().name);
  throw Error(
      fmt::format("{}: expected the tensors of a VLA, a latent action model, an action "
                  "decoder or an adapter, got {} tensors, the first of them {}",
                  store.name(), store.tensors().size(), first));
}

TensorName CanonicalName(ModelPart part, std::string_view published) {
  switch (part) {
    case ModelPart::kVla:
      return VlaName(published);
    case ModelPart::kLatentActionModel:
      return LamName(published);
    case ModelPart::kActionDecoder:
      return {Replace(published, kDecoderPrefixes), ""};
    case ModelPart::kAdapter:
      return {Replace(published, kAdapterPrefixes), ""};
  }
  LIBERO_CHECK(false);
}

}  // namespace libero
