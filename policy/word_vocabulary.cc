#include "policy/word_vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/text_file.h"

namespace libero {
namespace {

constexpr int kNumActs = 16;
constexpr const char* kLineFeed = "\\n";  // as it is written in files

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The token at the beginning of `text`, which is not empty: a word or one character.
std::string_view Cut(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsWordCharacter);
  return text.substr(0, std::max<size_t>(1, static_cast<size_t>(end - text.begin())));
}

}  // namespace

WordVocabulary::WordVocabulary(std::span<const std::string> words) {
  const size_t capacity = kSize - kFirstWord;
  if (words.size() > capacity) {
    throw Error(fmt::format("{} words, expected at most {}", words.size(), capacity));
  }
  for (const std::string& word : words) {
    if (word.empty() || word == " " || Cut(word) != word) {
      throw Error(fmt::format("'{}' is not a word", word),
                  "words are letters, digits and _, or one other character");
    }
    const int id = kFirstWord + static_cast<int>(ids_.size());
    if (!ids_.emplace(word, id).second) throw Error(fmt::format("'{}' is there twice", word));
  }
}

void WordVocabulary::Encode(std::string_view segment, std::vector<int>& ids) const {
  bool has_space = true;  // before what comes next
  while (!segment.empty() || has_space) {
    if (has_space) {
      if (segment.empty() || !IsWordCharacter(segment.front())) ids.push_back(kBlank);
      has_space = false;
      continue;
    }
    const std::string_view token = Cut(segment);
    segment.remove_prefix(token.size());
    has_space = token == " ";
    if (has_space) continue;
    const auto id = ids_.find(token);
    ids.push_back(id == ids_.end() ? SpecialTokens::kUnknown : id->second);
  }
}

std::vector<std::string> CollectWords(std::span<const std::string> texts) {
  std::vector<std::string> words;
  for (std::string_view text : texts) {
    while (!text.empty()) {
      const std::string_view token = Cut(text);
      text.remove_prefix(token.size());
      if (token != " " && std::ranges::find(words, token) == words.end()) words.emplace_back(token);
    }
  }
  return words;
}

void WriteWords(const std::filesystem::path& path, std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text += (word == "\n" ? kLineFeed : word) + "\n";
  WriteFileAtomically(path, {text}, "");
}

std::vector<std::string> ReadWords(const std::filesystem::path& path) {
  std::istringstream text(ReadTextFile(path));
  std::vector<std::string> words;
  for (std::string line; std::getline(text, line);) {
    words.push_back(line == kLineFeed ? "\n" : line);
  }
  return words;
}

Tokenizer MakeWordTokenizer(std::span<const std::string> words) {
  const auto vocabulary = std::make_shared<const WordVocabulary>(words);
  return Tokenizer(MakeSpecialTokens(WordVocabulary::kSize, kNumActs), WordVocabulary::kBlank,
                   [vocabulary](std::string_view segment, std::vector<int>& ids) {
                     vocabulary->Encode(segment, ids);
                   });
}

Tokenizer LoadWordTokenizer(const std::filesystem::path& path) {
  const std::vector<std::string> words = ReadWords(path);
  try {
    return MakeWordTokenizer(words);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path.string(), error.what()));
  }
}

}  // namespace libero
