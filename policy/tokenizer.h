#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "policy/special_tokens.h"

namespace libero {

// Appends the ids of a piece of text that has no special tokens in it.
using SegmentEncoder = std::function<void(std::string_view segment, std::vector<int>& ids)>;

// Turns prompts into ids. A value; Encode may be called from several threads at once.
class Tokenizer {
 public:
  // `blank` is the id of "▁", a space with no word behind it.
  Tokenizer(const SpecialTokens& special, int blank, SegmentEncoder encode_segment);

  // The ids of `text`, behind kBegin. Special tokens are cut out first, the longest where several
  // begin, and each stretch of text between them is encoded on its own: so a stretch behind
  // <ACT_x> begins with "▁", as every beginning does. source: LlamaTokenizerFast,
  // transformers@4.40.1
  [[nodiscard]] std::vector<int> Encode(std::string_view text) const;

  [[nodiscard]] const SpecialTokens& special() const { return special_; }
  [[nodiscard]] int blank() const { return blank_; }

 private:
  // The special token at the beginning of `text`; its length is 0 if there is none.
  struct Special {
    size_t length = 0;
    int id = 0;
  };
  [[nodiscard]] Special FindSpecial(std::string_view text) const;

  SpecialTokens special_;
  std::map<std::string, int, std::less<>> texts_;
  int blank_;
  SegmentEncoder encode_segment_;
};

// The tokenizer of a checkpoint's folder: `tokenizer.model` (SentencePiece) with
// `added_tokens.json`, or `words.txt` (see word_vocabulary.h) for presets trained here. Throws
// Error if neither is there, or as the readers of these files do.
[[nodiscard]] Tokenizer LoadTokenizer(const std::filesystem::path& folder);

}  // namespace libero
