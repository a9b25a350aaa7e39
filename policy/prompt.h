#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/tokenizer.h"

namespace libero {

// How a task is put to the language model. `codes` are latent-action codes, 0..C-1; the history is
// that of the step before, or empty.

// "In: What action should the robot take to {instruction}?\nOut: ", the instruction in lower case
// (ASCII); with a history, " History action <ACT_..>..." stands behind the question mark.
// source: UniVLA@0ab9e9d:prismatic/models/backbones/llm/prompting/base_prompter.py
[[nodiscard]] std::string PromptText(std::string_view instruction, std::span<const int> history);

// The list for a word tokenizer that knows every word of prompts with these instructions.
[[nodiscard]] std::vector<std::string> PromptWords(std::span<const std::string> instructions);

// The ids to predict from: those of the prompt up to "Out:", and "▁". Throws Error if a code is out
// of range.
[[nodiscard]] std::vector<int> PromptIds(const Tokenizer& tokenizer, std::string_view instruction,
                                         std::span<const int> history);

// A training example: the prompt with its answer, <ACT_..>... and end. `labels` (as many as ids)
// are the ids of the answer and kIgnoredLabel before it.
struct LabelledPrompt {
  std::vector<int> ids;
  std::vector<int> labels;
};
inline constexpr int kIgnoredLabel = -100;
[[nodiscard]] LabelledPrompt MakeLabelledPrompt(const Tokenizer& tokenizer,
                                                std::string_view instruction,
                                                std::span<const int> history,
                                                std::span<const int> answer);

}  // namespace libero
