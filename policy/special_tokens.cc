#include "policy/special_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.h"
#include "sim/base/text_file.h"

#include <nlohmann/json.hpp>

namespace libero {

std::string ActText(int code) {
  return fmt::format("<ACT_{}>", code);
}

std::map<std::string, int, std::less<>> SpecialTokens::texts() const {
  std::map<std::string, int, std::less<>> ids = {
      {"<unk>", kUnknown}, {"<s>", kBegin}, {"</s>", kEnd}, {"<PAD>", pad}};
  for (int code = 0; code < num_acts; ++code) ids[ActText(code)] = act(code);
  return ids;
}

SpecialTokens MakeSpecialTokens(int num_pieces, int num_acts) {
  const SpecialTokens tokens = {.pad = num_pieces, .num_acts = num_acts};
  if (num_acts < 1) throw Error("a vocabulary without latent-action tokens (<ACT_0>, ...)");
  if (tokens.act(num_acts - 1) >= tokens.num_rows()) {
    throw Error(
        fmt::format("{} latent-action tokens do not fit: ids {}..{}, but the embedding has "
                    "{} rows",
                    num_acts, tokens.act(0), tokens.act(num_acts - 1), tokens.num_rows()));
  }
  return tokens;
}

SpecialTokens ReadAddedTokens(const std::filesystem::path& path, int num_pieces) {
  const std::string hint = "the tokenizer of a UniVLA checkpoint has <PAD> and <ACT_i> added";
  const nlohmann::json added = ReadJsonObject(path, hint);
  int num_acts = 0;
  while (added.contains(ActText(num_acts))) ++num_acts;
  if (num_acts == 0) {
    throw Error(fmt::format("{}: wrong vocabulary: no <ACT_0> among its {} tokens", path.string(),
                            added.size()),
                hint);
  }
  const SpecialTokens tokens = MakeSpecialTokens(num_pieces, num_acts);
  const auto expected = tokens.texts();
  for (const auto& [text, id] : added.items()) {
    const auto token = expected.find(text);
    if (token == expected.end()) {
      throw Error(fmt::format("{}: wrong vocabulary: unexpected token '{}' (<ACT_i> are 0..{})",
                              path.string(), text, num_acts - 1),
                  hint);
    }
    if (id != token->second) {
      throw Error(fmt::format("{}: wrong vocabulary: '{}' has id {}, expected {} after {} pieces",
                              path.string(), text, id.dump(), token->second, num_pieces),
                  hint);
    }
  }
  if (!added.contains("<PAD>")) {
    throw Error(fmt::format("{}: wrong vocabulary: no <PAD>", path.string()), hint);
  }
  return tokens;
}

}  // namespace libero
