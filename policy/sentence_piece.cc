#include "policy/sentence_piece.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <memory>
#include <optional>

#include "sim/base/check.h"
#include "sim/base/text_file.h"

namespace libero {
namespace {

using sentencepiece::SentencePieceProcessor;

constexpr const char* kBlank = "\xe2\x96\x81";  // U+2581, which stands for a space

// What a published model's ids are.
struct Layout {
  const char* name;
  int unknown, end;
  std::optional<int> begin;  // T5 has none
};
constexpr Layout kLlama = {"Llama-2's", SpecialTokens::kUnknown, SpecialTokens::kEnd,
                           SpecialTokens::kBegin};
constexpr Layout kT5 = {"T5's", 2, 1, std::nullopt};

using Processor = std::shared_ptr<const SentencePieceProcessor>;

Processor LoadModel(const std::filesystem::path& path, const Layout& layout) {
  const auto processor = std::make_shared<SentencePieceProcessor>();
  const sentencepiece::util::Status status = processor->LoadFromSerializedProto(ReadTextFile(path));
  if (!status.ok()) {
    throw Error(fmt::format("{}: not a SentencePiece model: {}", path.string(), status.message()));
  }
  const auto check = [&](const char* what, int id, int expected) {
    if (id == expected) return;
    throw Error(fmt::format("{}: wrong vocabulary: {} has id {}, expected {}", path.string(), what,
                            id, expected),
                fmt::format("expected a model with {} layout", layout.name));
  };
  check("<unk>", processor->unk_id(), layout.unknown);
  if (layout.begin) check("<s>", processor->bos_id(), *layout.begin);
  check("</s>", processor->eos_id(), layout.end);
  return processor;
}

std::vector<int> Pieces(const Processor& processor, std::string_view text) {
  std::vector<int> pieces;
  const sentencepiece::util::Status status =
      processor->Encode(absl::string_view(text.data(), text.size()), &pieces);
  if (!status.ok()) throw Error(fmt::format("cannot tokenize: {}", status.message()));
  return pieces;
}

}  // namespace

Tokenizer LoadSentencePieceTokenizer(const std::filesystem::path& model,
                                     const std::filesystem::path& added_tokens) {
  const Processor processor = LoadModel(model, kLlama);
  const int blank = processor->PieceToId(kBlank);
  if (blank == processor->unk_id()) {
    throw Error(fmt::format("{}: wrong vocabulary: no piece for a space", model.string()));
  }
  const auto encode = [processor](std::string_view segment, std::vector<int>& ids) {
    const std::vector<int> pieces = Pieces(processor, segment);
    ids.insert(ids.end(), pieces.begin(), pieces.end());
  };
  return Tokenizer(ReadAddedTokens(added_tokens, processor->GetPieceSize()), blank, encode);
}

TextEncoder LoadT5Tokenizer(const std::filesystem::path& model) {
  return [processor = LoadModel(model, kT5)](std::string_view text) {
    const std::vector<int> pieces = Pieces(processor, text);
    std::vector<int64_t> ids(pieces.begin(), pieces.end());
    ids.push_back(kT5.end);
    return ids;
  };
}

}  // namespace libero
