#pragma once

#include <string>
#include <string_view>

#include "policy/checkpoint/tensor_store.h"

namespace libero {

// What tensors are the weights of.
enum class ModelPart {
  kVla,
  kLatentActionModel,
  kActionDecoder,
  kAdapter,  // LoRA for the VLA, as PEFT saves it
};

// "VLA", "latent action model", "action decoder" or "adapter".
[[nodiscard]] std::string_view PartName(ModelPart part);

// Says by the names which part these tensors are of. Throws Error if they are of none.
[[nodiscard]] ModelPart DetectPart(const TensorStore& store);

// What a published name becomes here. If `ignored` is not empty, the tensor is in published files
// and not needed, for the reason that it gives.
struct TensorName {
  std::string name;
  std::string_view ignored;
};

// The names of modules for names in published files:
//   VLA: those of Hugging Face folders stay; those of native Prismatic checkpoints are mapped
//     (vision_backbone.dino_featurizer.… → vision_backbone.featurizer.…, ls1.gamma →
//     ls1.scale_factor, projector.0 → projector.fc1, llm_backbone.llm.… → language_model.…)
//   latent action model: "lam." goes;  action decoder: "net." and "module." go
//   adapter: "base_model.model." goes
[[nodiscard]] TensorName CanonicalName(ModelPart part, std::string_view published);

}  // namespace libero
