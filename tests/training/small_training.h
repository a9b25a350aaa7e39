#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "policy/action_statistics.h"
#include "policy/nn/config.h"
#include "policy/tokenizer.h"
#include "training/stage.h"
#include "training/train_loop.h"
#include "training/training_set.h"

// Models and demonstrations that are large enough to be trained, and no larger.
namespace libero {

// Sizes: pictures of 56 × 56, 16 patches, the ids of word tokenizers. The latent action model's
// backbone has the sizes of the VLA's first tower, as in all presets.
[[nodiscard]] ModelConfig SmallModel(int lam_stage);

// Demonstrations with so many steps each, of tasks "task 0", "task 1", …; noise as pictures and
// actions. Writes a file into the folder.
[[nodiscard]] TrainingSet MakeSmallSet(const std::filesystem::path& folder,
                                       const std::vector<int>& counts);

// Of all actions together.
[[nodiscard]] ActionStatistics StatisticsOf(const TrainingSet& data);

// One that knows the words of these demonstrations' prompts.
[[nodiscard]] Tokenizer MakeTokenizer(const TrainingSet& data);

// Trains without saving in between; `folder` gets "metrics.jsonl" and "state".
bool TrainIn(const std::filesystem::path& folder, Stage* stage, const Recipe& recipe,
             int num_replicas = 1);

// A number of every line of a folder's metrics.
[[nodiscard]] std::vector<double> ReadMetric(const std::filesystem::path& folder,
                                             const std::string& name);

}  // namespace libero
