#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "policy/tokenizer.h"

namespace libero {

// A tokenizer of a SentencePiece model as Llama-2 publishes it, with the tokens that UniVLA adds.
// Throws Error if a file cannot be read or its ids are laid out otherwise.
[[nodiscard]] Tokenizer LoadSentencePieceTokenizer(const std::filesystem::path& model,
                                                   const std::filesystem::path& added_tokens);

// An instruction's ids for the text encoder of a latent action model. May be called by several
// threads at once.
using TextEncoder = std::function<std::vector<int64_t>(std::string_view text)>;

// That of a SentencePiece model as T5 publishes it (`spiece.model`): the text's pieces, then </s>.
// Throws Error likewise. source: T5Tokenizer, transformers@4.40.1
[[nodiscard]] TextEncoder LoadT5Tokenizer(const std::filesystem::path& model);

}  // namespace libero
