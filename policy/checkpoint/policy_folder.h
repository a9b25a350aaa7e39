#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "policy/action_statistics.h"
#include "policy/nn/config.h"

namespace libero {

// What a policy's checkpoint folder holds beside weights. Each part has a reader of its own:
// ReadConfigFile, LoadTokenizer, DatasetStatistics::ReadFolder.
struct PolicyFolderTexts {
  ModelConfig config;              // sizes, quirks and the size of frames: config.json
  std::vector<std::string> words;  // of a word tokenizer, see PromptWords: words.txt; {}: no file
  std::map<std::string, ActionStatistics> statistics;  // by suite: dataset_statistics.json
};

// Writes these files into a folder that is there; files that it has already are replaced. Throws
// Error if the config does not fit together, its embedding is not the word tokenizer's, there are
// no statistics, or a file cannot be written.
void WritePolicyFolderTexts(const std::filesystem::path& folder, const PolicyFolderTexts& texts);

}  // namespace libero
