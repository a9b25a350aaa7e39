#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/tokenizer.h"

namespace libero {

// Whole words as tokens, for models that are trained here: V = 256 ids serve all of LIBERO. Text
// is cut into words (letters, digits and _), line feeds and single other characters. As in
// SentencePiece every stretch of text begins with "▁" and spaces are "▁"; one with a word behind it
// is part of that word, and any other is the blank token: so prompts have the same form in both.
class WordVocabulary {
 public:
  static constexpr int kSize = 256;     // ids, used or not
  static constexpr int kBlank = 3;      // "▁"
  static constexpr int kFirstWord = 4;  // then words in the order of the list

  // Throws Error if there are too many words, or one is there twice or is not one of the cuts.
  explicit WordVocabulary(std::span<const std::string> words);

  // Appends the ids of a stretch; kUnknown where a word is not in the list. Case counts.
  void Encode(std::string_view segment, std::vector<int>& ids) const;

 private:
  std::map<std::string, int, std::less<>> ids_;
};

// The distinct words of these texts, in order of their first appearance: a list that fits them.
[[nodiscard]] std::vector<std::string> CollectWords(std::span<const std::string> texts);

// Writes and reads the list: one word a line, a line feed as "\n". Reading throws Error if the file
// cannot be read, or as WordVocabulary does, with the file's name.
void WriteWords(const std::filesystem::path& path, std::span<const std::string> words);
[[nodiscard]] std::vector<std::string> ReadWords(const std::filesystem::path& path);

// The tokenizer of such a list with 16 latent-action tokens.
[[nodiscard]] Tokenizer MakeWordTokenizer(std::span<const std::string> words);
[[nodiscard]] Tokenizer LoadWordTokenizer(const std::filesystem::path& path);

}  // namespace libero
