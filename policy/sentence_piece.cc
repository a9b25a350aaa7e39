#include "policy/sentence_piece.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <memory>

#include "sim/base/check.h"
#include "sim/base/text_file.h"

namespace libero {
namespace {

using sentencepiece::SentencePieceProcessor;

constexpr const char* kBlank = "\xe2\x96\x81";  // U+2581, which stands for a space

void CheckId(const std::filesystem::path& model, const char* what, int id, int expected) {
  if (id == expected) return;
  throw Error(fmt::format("{}: wrong vocabulary: {} has id {}, expected {}", model.string(), what,
                          id, expected),
              "expected a model with Llama-2's layout");
}

std::shared_ptr<const SentencePieceProcessor> LoadModel(const std::filesystem::path& path) {
  const auto processor = std::make_shared<SentencePieceProcessor>();
  const sentencepiece::util::Status status = processor->LoadFromSerializedProto(ReadTextFile(path));
  if (!status.ok()) {
    throw Error(fmt::format("{}: not a SentencePiece model: {}", path.string(), status.message()));
  }
  CheckId(path, "<unk>", processor->unk_id(), SpecialTokens::kUnknown);
  CheckId(path, "<s>", processor->bos_id(), SpecialTokens::kBegin);
  CheckId(path, "</s>", processor->eos_id(), SpecialTokens::kEnd);
  return processor;
}

}  // namespace

Tokenizer LoadSentencePieceTokenizer(const std::filesystem::path& model,
                                     const std::filesystem::path& added_tokens) {
  const std::shared_ptr<const SentencePieceProcessor> processor = LoadModel(model);
  const int blank = processor->PieceToId(kBlank);
  if (blank == processor->unk_id()) {
    throw Error(fmt::format("{}: wrong vocabulary: no piece for a space", model.string()));
  }
  const auto encode = [processor](std::string_view segment, std::vector<int>& ids) {
    std::vector<int> pieces;
    const sentencepiece::util::Status status =
        processor->Encode(absl::string_view(segment.data(), segment.size()), &pieces);
    if (!status.ok()) throw Error(fmt::format("cannot tokenize: {}", status.message()));
    ids.insert(ids.end(), pieces.begin(), pieces.end());
  };
  return Tokenizer(ReadAddedTokens(added_tokens, processor->GetPieceSize()), blank, encode);
}

}  // namespace libero
