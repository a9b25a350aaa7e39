#pragma once

#include <string_view>

#include "training/train_options.h"

namespace libero {

// How a preset's stage learns unless options say otherwise: the published numbers for "univla-7b",
// numbers found here for the others. Throws Error for an unknown preset, and for stages that a
// preset has no need of ("univla-7b" takes its image features from DINOv2).
[[nodiscard]] Recipe DefaultRecipe(std::string_view preset, TrainStage stage);

// A recipe with these changes. Throws Error for an unknown --lr-scale.
[[nodiscard]] Recipe Changed(Recipe recipe, const RecipeChanges& changes);

// Throws Error that names the option if a number is out of range or a name is unknown.
void CheckRecipe(const Recipe& recipe);

// The rate of a step, which count from 0.
[[nodiscard]] double LearningRate(const Recipe& recipe, int64_t step);

}  // namespace libero
