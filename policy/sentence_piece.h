#pragma once

#include <filesystem>

#include "policy/tokenizer.h"

namespace libero {

// A tokenizer of a SentencePiece model as Llama-2 publishes it, with the tokens that UniVLA adds.
// Throws Error if a file cannot be read or its ids are laid out otherwise.
[[nodiscard]] Tokenizer LoadSentencePieceTokenizer(const std::filesystem::path& model,
                                                   const std::filesystem::path& added_tokens);

}  // namespace libero
