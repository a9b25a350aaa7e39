#include "policy/tokenizer.h"

#include <fmt/format.h>

#include <utility>

#include "policy/sentence_piece.h"
#include "policy/word_vocabulary.h"
#include "sim/base/check.h"

namespace libero {

Tokenizer::Tokenizer(const SpecialTokens& special, int blank, SegmentEncoder encode_segment)
    : special_(special),
      texts_(special.texts()),
      blank_(blank),
      encode_segment_(std::move(encode_segment)) {}

Tokenizer::Special Tokenizer::FindSpecial(std::string_view text) const {
  Special longest;
  for (const auto& [token, id] : texts_) {
    if (token.size() > longest.length && text.starts_with(token)) longest = {token.size(), id};
  }
  return longest;
}

std::vector<int> Tokenizer::Encode(std::string_view text) const {
  std::vector<int> ids = {SpecialTokens::kBegin};
  size_t begin = 0;  // of the stretch
  for (size_t at = text.find('<'); at != text.npos; at = text.find('<', at)) {
    const Special special = FindSpecial(text.substr(at));
    if (special.length == 0) {
      ++at;
      continue;
    }
    if (at > begin) encode_segment_(text.substr(begin, at - begin), ids);
    ids.push_back(special.id);
    at += special.length;
    begin = at;
  }
  if (begin < text.size()) encode_segment_(text.substr(begin), ids);
  return ids;
}

Tokenizer LoadTokenizer(const std::filesystem::path& folder) {
  const std::filesystem::path model = folder / "tokenizer.model";
  const std::filesystem::path words = folder / "words.txt";
  if (std::filesystem::exists(model)) {
    return LoadSentencePieceTokenizer(model, folder / "added_tokens.json");
  }
  if (std::filesystem::exists(words)) return LoadWordTokenizer(words);
  throw Error(fmt::format("{}: no tokenizer: neither tokenizer.model nor words.txt is there",
                          folder.string()),
              "published folders hold Llama's tokenizer.model; a tokenizer.json alone is not read");
}

}  // namespace libero
