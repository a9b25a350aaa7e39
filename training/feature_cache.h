#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

#include "policy/nn/latent_action_model.h"
#include "training/training_set.h"

namespace libero {

// Numbers that are computed once and then read: in memory, or, with a folder, in a file there.
// `key` says everything that they depend on; a file of another key is computed again, as is one
// that is damaged. Files appear whole or not at all.
[[nodiscard]] at::Tensor Cached(const std::optional<std::filesystem::path>& folder,
                                const std::string& name, const std::string& key,
                                const std::function<at::Tensor()>& compute);

// A name for the values of parameters: equal ones have equal names.
[[nodiscard]] std::string HashOf(Module* module);

// The features of all pictures of the data, each turned to what networks see and cut in the middle
// as when acting: (rows, P, features) f16. Cached by the data and the backbone's weights.
[[nodiscard]] at::Tensor ImageFeatures(LatentActionModel* model, const TrainingSet& data,
                                       const std::optional<std::filesystem::path>& folder,
                                       std::ostream& log);

}  // namespace libero
