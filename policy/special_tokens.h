#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace libero {

// The ids that stand for no text, and how they lie: a base vocabulary of V pieces (0 unknown, 1
// begin, 2 end), then <PAD> = V, then <ACT_i> = V + 1 + i, one for each latent action code. Llama-2
// has V = 32000. A model's embedding has num_rows() rows, the next multiple of 64 above <PAD>, and
// the ACT tokens lie in what that rounding adds.
// source: UniVLA@0ab9e9d:prismatic/models/backbones/llm/base_llm.py
struct SpecialTokens {
  static constexpr int kUnknown = 0;
  static constexpr int kBegin = 1;
  static constexpr int kEnd = 2;

  int pad = 0;       // V
  int num_acts = 0;  // C ≥ 1

  [[nodiscard]] int act(int code) const { return pad + 1 + code; }
  [[nodiscard]] bool is_act(int id) const { return id > pad && id <= pad + num_acts; }
  [[nodiscard]] int code(int act_id) const { return act_id - pad - 1; }
  [[nodiscard]] int num_rows() const { return (pad + 1 + 63) / 64 * 64; }

  // Text to id: "<unk>", "<s>", "</s>", "<PAD>", "<ACT_0>", ....
  [[nodiscard]] std::map<std::string, int, std::less<>> texts() const;
};

// "<ACT_7>".
[[nodiscard]] std::string ActText(int code);

// A layout, checked. Throws Error if there is no ACT token or they leave the embedding's rows.
[[nodiscard]] SpecialTokens MakeSpecialTokens(int num_pieces, int num_acts);

// Reads a published `added_tokens.json` for a base vocabulary of `num_pieces`. C is the number of
// ACT tokens in it. Throws Error if it cannot be read, a token is missing or has another id than
// the layout gives it, or there is one that the layout does not know.
[[nodiscard]] SpecialTokens ReadAddedTokens(const std::filesystem::path& path, int num_pieces);

}  // namespace libero
