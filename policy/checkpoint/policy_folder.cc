#include "policy/checkpoint/policy_folder.h"

#include <fmt/format.h>

#include "policy/tokenizer.h"
#include "policy/word_vocabulary.h"
#include "sim/base/atomic_file.h"
#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::json;

constexpr const char* kDiskHint = "is the disk full?";

// Throws Error if the model would not know the tokens of its own prompts.
void CheckWords(const std::vector<std::string>& words, const UniVlaConfig& model) {
  const Tokenizer tokenizer = MakeWordTokenizer(words);
  const SpecialTokens& tokens = tokenizer.special();
  if (tokens.pad == model.pad_id && tokens.act(0) == model.first_action_id &&
      tokens.num_acts == model.num_action_ids &&
      tokens.num_rows() == model.language_model.vocabulary) {
    return;
  }
  throw Error(
      fmt::format("wrong vocabulary: a word tokenizer has {} rows, <PAD> {} and {} latent-action "
                  "tokens from {} on, the model {}, {} and {} from {} on",
                  tokens.num_rows(), tokens.pad, tokens.num_acts, tokens.act(0),
                  model.language_model.vocabulary, model.pad_id, model.num_action_ids,
                  model.first_action_id),
      "presets trained here have the sizes of 'tiny' and 'small'");
}

}  // namespace

void WritePolicyFolderTexts(const std::filesystem::path& folder, const PolicyFolderTexts& texts) {
  const Json config = {{"model_type", "libero"}, {"libero", ToJson(texts.config)}};
  (void)ParseModelConfig(config["libero"], "the model's config");
  if (!texts.words.empty()) CheckWords(texts.words, texts.config.vla);
  if (texts.statistics.empty()) {
    throw Error("a policy's folder needs action statistics of one suite at least, got none");
  }
  Json statistics = Json::object();
  for (const auto& [suite, values] : texts.statistics) statistics[suite] = StatisticsJson(values);

  WriteFileAtomically(folder / "config.json", {config.dump(2), "\n"}, kDiskHint);
  if (!texts.words.empty()) WriteWords(folder / "words.txt", texts.words);
  WriteFileAtomically(folder / "dataset_statistics.json", {statistics.dump(2), "\n"}, kDiskHint);
}

}  // namespace libero
