#include "tests/training/formula_batches.h"

#include <fmt/format.h>

#include <ATen/ATen.h>

#include "policy/prompt.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/policy/nn/small_vla.h"

namespace libero {

Batch FormulaBatches::MakeBatch(const std::vector<Sample>& samples) const {
  constexpr int64_t kLength = 12;
  constexpr int64_t kEnd = 2;
  const int64_t step = samples[0].position / kBatchSize;
  const UniVlaConfig config = SmallVla();
  const auto name = [&](const char* what) {
    return fmt::format("{}.{}", what, step);
  };
  Batch batch = {
      .pictures = FormulaIds(name("pictures"), {kBatchSize, 3, 56, 56}, 256).to(at::kByte),
      .ids = FormulaIds(name("prompts"), {kBatchSize, kLength}, 90) + 3,
      .labels = at::full({kBatchSize, kLength}, kIgnoredLabel, at::kLong),
      .actions = FormulaTensor(name("actions"), {kBatchSize, 12, 7}),
      .foreseeable = at::ones({kBatchSize, 12})};
  const at::Tensor answers =
      FormulaIds(name("answers"), {kBatchSize, 4}, 16) + config.first_action_id;
  for (int64_t row = 0; row < kBatchSize; ++row) {
    const int64_t first = 3 + (step + row) % 4;
    const at::Tensor ids = batch.ids[row];
    ids.narrow(0, first, 4).copy_(answers[row]);
    ids[first + 4] = kEnd;
    ids.slice(0, first + 5).fill_(config.pad_id);
    batch.labels[row].narrow(0, first, 5).copy_(ids.narrow(0, first, 5));
  }
  return batch;
}

}  // namespace libero
