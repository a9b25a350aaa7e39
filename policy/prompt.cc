#include "policy/prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "policy/word_vocabulary.h"
#include "sim/base/check.h"

namespace libero {
namespace {

char LowerCase(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void CheckCodes(const Tokenizer& tokenizer, std::span<const int> codes) {
  for (const int code : codes) {
    if (code >= 0 && code < tokenizer.special().num_acts) continue;
    throw Error(fmt::format("latent-action code {}, expected 0..{}", code,
                            tokenizer.special().num_acts - 1));
  }
}

// `history` as text, "" if there is none.
std::string Text(std::string_view instruction, std::string_view history) {
  std::string text = "In: What action should the robot take to ";
  std::ranges::transform(instruction, std::back_inserter(text), LowerCase);
  text += '?';
  if (!history.empty()) text.append(" History action ").append(history);
  return text + "\nOut: ";
}

std::string ActTexts(std::span<const int> codes) {
  std::string text;
  for (const int code : codes) text += ActText(code);
  return text;
}

}  // namespace

std::string PromptText(std::string_view instruction, std::span<const int> history) {
  return Text(instruction, ActTexts(history));
}

std::vector<std::string> PromptWords(std::span<const std::string> instructions) {
  std::vector<std::string> texts = {Text("", " ")};
  for (const std::string& instruction : instructions) texts.push_back(Text(instruction, ""));
  return CollectWords(texts);
}

std::vector<int> PromptIds(const Tokenizer& tokenizer, std::string_view instruction,
                           std::span<const int> history) {
  CheckCodes(tokenizer, history);
  std::string text = PromptText(instruction, history);
  text.pop_back();  // the space: as in training it becomes "▁" by itself
  std::vector<int> ids = tokenizer.Encode(text);
  if (ids.back() != tokenizer.blank()) ids.push_back(tokenizer.blank());
  return ids;
}

LabelledPrompt MakeLabelledPrompt(const Tokenizer& tokenizer, std::string_view instruction,
                                  std::span<const int> history, std::span<const int> answer) {
  CheckCodes(tokenizer, history);
  CheckCodes(tokenizer, answer);
  const std::string text = PromptText(instruction, history);
  LabelledPrompt prompt;
  prompt.ids = tokenizer.Encode(text + ActTexts(answer) + "</s>");
  prompt.labels.assign(prompt.ids.size(), kIgnoredLabel);
  const auto num_answers = static_cast<std::ptrdiff_t>(answer.size() + 1);
  std::copy(prompt.ids.end() - num_answers, prompt.ids.end(), prompt.labels.end() - num_answers);
  return prompt;
}

}  // namespace libero
